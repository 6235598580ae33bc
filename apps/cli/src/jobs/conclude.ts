import { type Job, JobState } from "@hodei/api/job";
import { say } from "../print.ts";

const TIMED_OUT_CODE = 124;
const CANCELLED_CODE = 130;

/** Says why a job did not succeed, where its own output does not. @returns the exit code that `hodei run` ends with: the job's own, or 1 */
export function conclude(job: Job): number {
  if (job.state === JobState.SUCCEEDED) return 0;
  const reason = [job.failureCode, job.failureMessage].filter(Boolean).join(": ");
  if (job.failureCode !== "EXIT_NONZERO")
    say(`job ${job.id} ${JobState[job.state]}${reason ? ` (${reason})` : ""}; more: hodei jobs explain ${job.id}`);
  if (job.state === JobState.TIMED_OUT) return TIMED_OUT_CODE;
  if (job.state === JobState.CANCELLED) return CANCELLED_CODE;
  return job.exitCode !== undefined && job.exitCode > 0 ? job.exitCode : 1;
}
