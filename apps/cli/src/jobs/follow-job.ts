import type { Bus } from "@hodei/bus";
import { formatProblem, isFinalJobState, type JobLog, JobStatus, SUBJECTS } from "@hodei/contracts";
import { say } from "../print.ts";

const TIMED_OUT_CODE = 124;
const CANCELLED_CODE = 130;

/**
 * Submits a job and shows it to its end: output as it comes, reasons when it waits or fails. Ctrl-C cancels it.
 * @returns the exit code that `hodei run` ends with: the job's own, or 1
 */
export async function followJob(bus: Bus, jobId: string, submit: () => Promise<void>): Promise<number> {
  const ended = Promise.withResolvers<JobStatus>();
  const closing = new AbortController();
  const printer = makeLogPrinter();
  bus.subscribe("job.status.*", ({ data }) => note(data), closing.signal);
  const interrupt = () => {
    say(`cancelling ${jobId} …`);
    // Failing to ask leaves the job running: then that is what the user must hear.
    bus
      .publish([
        { subject: SUBJECTS.jobCancel, messageId: `${jobId}.cancel`, body: { job_id: jobId, reason: "Ctrl-C" } },
      ])
      .catch((error: unknown) => say(String(error)));
  };
  process.once("SIGINT", interrupt);
  try {
    // The submission is acknowledged, so its log can only begin after the follower did.
    const following = printAll(bus, jobId, true, closing.signal, printer);
    await submit();
    const status = await ended.promise;
    closing.abort();
    await following;
    await printAll(bus, jobId, false, AbortSignal.timeout(10_000), printer);
    return conclude(jobId, status);
  } finally {
    process.off("SIGINT", interrupt);
    closing.abort();
  }

  function note(data: Uint8Array): void {
    const parsed = JobStatus.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (!parsed.success || parsed.data.job_id !== jobId) return;
    const status = parsed.data;
    if (status.state === "PENDING") say(`waiting for a provider; why: hodei jobs explain ${jobId}`);
    if (isFinalJobState(status.state)) ended.resolve(status);
  }
}

async function printAll(
  bus: Bus,
  jobId: string,
  follow: boolean,
  signal: AbortSignal,
  print: (entry: JobLog) => void,
): Promise<void> {
  for await (const entry of bus.readJobLogs(jobId, { follow, signal })) print(entry);
}

/** Prints each piece once, whichever reader brings it. */
export function makeLogPrinter(): (entry: JobLog) => void {
  const printedTo = new Map<string, number>();
  return (entry) => {
    const key = `${entry.attempt}.${entry.stream}`;
    const end = entry.offset + entry.bytes;
    if (end <= (printedTo.get(key) ?? 0)) return;
    printedTo.set(key, end);
    if (entry.stream === "stdout") process.stdout.write(entry.text);
    else process.stderr.write(entry.text);
  };
}

function conclude(jobId: string, status: JobStatus): number {
  if (status.state === "SUCCEEDED") return 0;
  if (status.state === "REJECTED") {
    say(`job ${jobId} was rejected:`);
    for (const problem of status.problems ?? []) say(`  ${formatProblem(problem)}`);
    return 1;
  }
  const reason = [status.code, status.message].filter(Boolean).join(": ");
  if (status.code !== "EXIT_NONZERO")
    say(`job ${jobId} ${status.state}${reason ? ` (${reason})` : ""}; more: hodei jobs explain ${jobId}`);
  if (status.state === "TIMED_OUT") return TIMED_OUT_CODE;
  if (status.state === "CANCELLED") return CANCELLED_CODE;
  return status.exit_code !== undefined && status.exit_code > 0 ? status.exit_code : 1;
}
