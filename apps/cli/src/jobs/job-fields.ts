import { toJson } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, ValueSchema } from "@bufbuild/protobuf/wkt";
import { type Job, JobSpecSchema, JobState, type Worker, WorkerState } from "@hodei/api/job";

/** A job as `--json` has it: names of columns, words of states, `null` for what is not known. */
export function jobFields(job: Job) {
  return {
    id: job.id,
    name: job.name || null,
    state: JobState[job.state],
    ...(job.spec && { spec: toJson(JobSpecSchema, job.spec, { useProtoFieldName: true }) }),
    attempt: job.attempt,
    providerId: job.providerId || null,
    providerName: job.providerName || null,
    priority: job.priority,
    exitCode: job.exitCode ?? null,
    failureCode: job.failureCode || null,
    failureMessage: job.failureMessage || null,
    result: job.result === undefined ? null : toJson(ValueSchema, job.result),
    traceparent: job.traceparent || null,
    ownFailures: job.ownFailures,
    infrastructureFailures: job.infrastructureFailures,
    submittedAt: timeOf(job.submittedAt),
    provisioningAt: timeOf(job.provisioningAt),
    runningAt: timeOf(job.runningAt),
    finishedAt: timeOf(job.finishedAt),
    notBefore: timeOf(job.notBefore),
    cancelRequestedAt: timeOf(job.cancelRequestedAt),
  };
}

/** An attempt as `--json` has it. */
export function workerFields(worker: Worker) {
  return {
    name: worker.name || null,
    attempt: worker.attempt,
    state: WorkerState[worker.state],
    providerId: worker.providerId,
    providerName: worker.providerName,
    providerType: worker.providerType,
    resourceId: worker.resourceId || null,
    exitCode: worker.exitCode ?? null,
    failureCode: worker.failureCode || null,
    failureMessage: worker.failureMessage || null,
    inspectCommand: worker.inspectCommand || null,
    requestedAt: timeOf(worker.requestedAt),
    startDeadlineAt: timeOf(worker.startDeadlineAt),
    startingAt: timeOf(worker.startingAt),
    runningAt: timeOf(worker.runningAt),
    finishedAt: timeOf(worker.finishedAt),
  };
}

export function timeOf(time: Timestamp | undefined): string | null {
  return time ? timestampDate(time).toISOString() : null;
}

/** Milliseconds a job waited for its first worker to run, and ran in all, as far as it is known. */
export function durations(job: Job, now = Date.now()): { waitMs: number | null; runMs: number | null } {
  const at = (time: Timestamp | undefined) => (time ? timestampDate(time).getTime() : undefined);
  const running = at(job.runningAt);
  const end = at(job.finishedAt) ?? now;
  return {
    waitMs: Math.max(0, (running ?? end) - (at(job.submittedAt) ?? end)),
    runMs: running === undefined ? null : Math.max(0, end - running),
  };
}
