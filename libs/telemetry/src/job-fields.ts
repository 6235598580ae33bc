import { traceIdOf } from "./traceparent.ts";

/** What every log line about a job carries, so that it is found by the job and from its trace. */
export function jobFields(jobId: string, traceparent: string | null | undefined, attempt?: number) {
  const traceId = traceparent ? traceIdOf(traceparent) : undefined;
  return { job_id: jobId, ...(attempt !== undefined && { attempt }), ...(traceId && { trace_id: traceId }) };
}
