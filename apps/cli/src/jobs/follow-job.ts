import type { Bus } from "@hodei/bus";
import { isFinalJobState, JobStatus } from "@hodei/contracts";
import { say } from "../print.ts";
import { followLog } from "./follow-log.ts";
import { readOutcome } from "./job-outcome.ts";
import { makeLogLines } from "./log-lines.ts";
import { type LogView, makeLogPrinter } from "./log-printer.ts";

export interface FollowOptions {
  view?: LogView;
  /** The stream sequence to begin at; default the first message kept. */
  fromSequence?: number;
  /** Called once nothing can be missed any more. */
  submit?: () => Promise<void>;
}

/** The end of a job is told once, to those who listen at that moment. So its row is looked at now and then as well. */
const NET_MS = 10_000;

/** Shows a job to its end: output as it comes, and that it waits. @returns how it ended, once all its output was shown */
export async function followJob(bus: Bus, jobId: string, options: FollowOptions = {}): Promise<JobStatus> {
  const ended = Promise.withResolvers<JobStatus>();
  const listening = new AbortController();
  bus.subscribe("job.status.*", ({ data }) => note(data), listening.signal);
  const lines = makeLogLines(makeLogPrinter(jobId, options.view ?? {}));
  // The submission is acknowledged, so its log can only begin after the follower did.
  const log = followLog(bus, jobId, lines, options.fromSequence);
  const net = setInterval(look, NET_MS);
  try {
    await options.submit?.();
    // One that was there before may have ended before we listened.
    if (!options.submit) look();
    const status = await Promise.race([ended.promise, log.failed]);
    await log.finish(status.attempt);
    return status;
  } finally {
    clearInterval(net);
    listening.abort();
    log.stop();
  }

  function note(data: Uint8Array): void {
    const parsed = JobStatus.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (!parsed.success || parsed.data.job_id !== jobId) return;
    const status = parsed.data;
    if (status.state === "PENDING") say(`waiting for a provider; why: hodei jobs explain ${jobId}`);
    if (isFinalJobState(status.state)) ended.resolve(status);
  }

  function look(): void {
    readOutcome(jobId).then(
      (status) => status && ended.resolve(status),
      // PostgreSQL is away: the message may still come, and it is asked again.
      () => undefined,
    );
  }
}
