import { formatProblem, isFinalJobState, JobStatus } from "@hodei/contracts";
import { schema } from "@hodei/store";
import { desc, eq } from "drizzle-orm";
import { connectStore } from "../connect.ts";
import { say } from "../print.ts";

const TIMED_OUT_CODE = 124;
const CANCELLED_CODE = 130;

/** How a job ended, from its rows; nothing while it has not. For whoever may have missed the message. */
export async function readOutcome(jobId: string): Promise<JobStatus | undefined> {
  await using store = await connectStore();
  const { jobs, deadLetters } = schema;
  const [job] = await store.db.select().from(jobs).where(eq(jobs.id, jobId));
  if (job) {
    if (!job.finishedAt || !isFinalJobState(job.state)) return undefined;
    return {
      job_id: jobId,
      state: job.state,
      attempt: job.attempt,
      at: job.finishedAt.toISOString(),
      ...(job.exitCode !== null && { exit_code: job.exitCode }),
      ...(job.failureCode !== null && { code: job.failureCode }),
      ...(job.failureMessage !== null && { message: job.failureMessage }),
    };
  }
  const [letter] = await store.db
    .select()
    .from(deadLetters)
    .where(eq(deadLetters.jobId, jobId))
    .orderBy(desc(deadLetters.id))
    .limit(1);
  if (!letter) return undefined;
  return JobStatus.parse({
    job_id: jobId,
    state: "REJECTED",
    attempt: 0,
    at: letter.createdAt.toISOString(),
    problems: letter.problems,
  });
}

/** Says why a job did not succeed, where its own output does not. @returns the exit code that `hodei run` ends with: the job's own, or 1 */
export function conclude(status: JobStatus): number {
  const { job_id: jobId } = status;
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
