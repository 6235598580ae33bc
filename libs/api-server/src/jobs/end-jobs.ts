import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CancelJobRequest, SubmitJobRequestSchema } from "@hodei/api/job";
import { SUBJECTS } from "@hodei/contracts";
import { type Caller, recordAudit } from "@hodei/store";
import type { ApiContext } from "../context.ts";
import { type JobRow, specMessage } from "./job-message.ts";
import { findJob } from "./read-jobs.ts";
import { submitJob } from "./submit-job.ts";

/** See `JobService.CancelJob`. */
export async function cancelJob(
  { store, bus }: ApiContext,
  caller: Caller,
  { jobId, reason }: CancelJobRequest,
): Promise<JobRow> {
  const job = await findJob(store, jobId);
  if (job.finishedAt)
    throw new ConnectError(`job ${jobId} is ${job.state} already; there is nothing to cancel`, Code.FailedPrecondition);
  const body = { job_id: jobId, ...(reason && { reason: reason.slice(0, 1024) }) };
  // Written down first: a cancel that nobody can account for does not happen.
  await recordAudit(store.pool, caller, {
    action: "job.cancel",
    target: jobId,
    ...(reason && { message: reason }),
  });
  await bus.publish([{ subject: SUBJECTS.jobCancel, messageId: `${jobId}.cancel.${Date.now()}`, body }]);
  return job;
}

/** See `JobService.RetryJob`. */
export async function retryJob(
  context: ApiContext,
  jobId: string,
  call: { caller: Caller; traceparent: string | undefined },
): Promise<JobRow> {
  const job = await findJob(context.store, jobId);
  if (!job.finishedAt)
    throw new ConnectError(
      `job ${jobId} is ${job.state}: only a finished job is submitted again`,
      Code.FailedPrecondition,
    );
  const again = `${jobId.slice(0, 35).replace(/-+$/, "")}-r${Date.now().toString(36)}`;
  const spec = { ...specMessage(job.spec), jobId: again };
  const { job: submitted } = await submitJob(context, create(SubmitJobRequestSchema, { spec }), call);
  return submitted;
}
