import { type JobSpec, type LiveWorkerState, storedJobSpec, type TerminateReason } from "@hodei/contracts";

/** A worker row that this provisioner claimed, with what is needed to start or adopt its worker. */
export interface ClaimedWorker {
  jobId: string;
  attempt: number;
  name: string;
  providerId: string;
  providerName: string;
  providerType: string;
  state: LiveWorkerState;
  job: JobSpec;
  traceparent: string | null;
  runTimeoutSeconds: number;
  /** Until the start deadline, by the database's clock. */
  startSecondsLeft: number;
  /** Since the worker was seen running, by the same clock; `null` when it was not yet. */
  runningForSeconds: number | null;
  terminateReason: TerminateReason | null;
  /** The vendor's id, where one was written down for this attempt. */
  resourceId: string | null;
}

export interface ClaimedRow {
  job_id: string;
  attempt: number;
  name: string;
  provider_id: string;
  provider_name: string;
  provider_type: string;
  state: LiveWorkerState;
  spec: unknown;
  traceparent: string | null;
  run_timeout_seconds: number | null;
  start_seconds_left: number;
  running_for_seconds: number | null;
  terminate_reason: TerminateReason | null;
  resource_id: string | null;
}

/** What the claiming statements answer, of `workers w` and `jobs j`. */
export const CLAIMED_COLUMNS = `
  w.job_id, w.attempt, w.name, w.provider_id, w.provider_name, w.provider_type, w.state, j.spec, j.traceparent, w.run_timeout_seconds,
  date_part('epoch', coalesce(w.start_deadline_at, now() + interval '300 seconds') - now()) AS start_seconds_left,
  date_part('epoch', now() - w.running_at) AS running_for_seconds, w.terminate_reason, w.resource_id`;

export function claimedWorkerOf(row: ClaimedRow): ClaimedWorker {
  return {
    jobId: row.job_id,
    attempt: row.attempt,
    name: row.name,
    providerId: row.provider_id,
    providerName: row.provider_name,
    providerType: row.provider_type,
    state: row.state,
    job: storedJobSpec(row.spec),
    traceparent: row.traceparent,
    runTimeoutSeconds: row.run_timeout_seconds ?? 3600,
    startSecondsLeft: row.start_seconds_left,
    runningForSeconds: row.running_for_seconds,
    terminateReason: row.terminate_reason,
    resourceId: row.resource_id,
  };
}
