import type { JobState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";
import { IS_LIVE } from "./is-live.ts";

/** A job as a cancel found it, after the cancel. */
export interface CancelledJob {
  jobId: string;
  attempt: number;
  /** CANCELLED when it was waiting; a final state when the cancel came too late; else it is being ended. */
  state: JobState;
  /** True when this very call turned it CANCELLED. */
  won: boolean;
  providerName: string | null;
  traceparent: string | null;
}

/** A live worker that a cancel wants ended. `claimed` false: no provisioner has it, and none will take it any more. */
export interface DoomedWorker {
  jobId: string;
  attempt: number;
  providerId: string;
  claimed: boolean;
}

/** In the order of every statement that takes both: workers before jobs. */
const LOCK_WORKERS = `
SELECT FROM workers WHERE job_id = ANY ($1::text[]) AND is_live ORDER BY job_id, attempt FOR UPDATE`;

const MARK_JOBS = `
WITH input AS (SELECT * FROM unnest($1::text[], $2::text[]) AS i(job_id, reason)),
before AS MATERIALIZED (
  SELECT l.*, i.reason FROM (SELECT * FROM input ORDER BY job_id) i
   CROSS JOIN LATERAL (SELECT j.id, j.state, j.attempt, j.provider_name, j.traceparent FROM jobs j WHERE j.id = i.job_id FOR UPDATE) l
),
marked AS (
  UPDATE jobs j SET cancel_requested_at = coalesce(j.cancel_requested_at, now()), cancel_reason = coalesce(j.cancel_reason, b.reason),
         state = CASE WHEN b.state = 'PENDING' THEN 'CANCELLED' ELSE j.state END,
         finished_at = CASE WHEN b.state = 'PENDING' THEN now() ELSE j.finished_at END,
         failure_code = CASE WHEN b.state = 'PENDING' THEN 'CANCELLED' ELSE j.failure_code END,
         failure_message = CASE WHEN b.state = 'PENDING' THEN b.reason ELSE j.failure_message END
    FROM before b
   WHERE j.id = b.id AND b.state IN ('PENDING', 'PROVISIONING', 'RUNNING')
  RETURNING j.id, j.state
)
SELECT b.id, b.attempt, coalesce(m.state, b.state) AS state, b.state = 'PENDING' AS won, b.provider_name, b.traceparent
  FROM before b LEFT JOIN marked m ON m.id = b.id`;

const MARK_WORKERS = `
UPDATE workers w SET terminate_requested_at = coalesce(w.terminate_requested_at, now()), terminate_reason = coalesce(w.terminate_reason, 'CANCELLED')
 WHERE w.job_id = ANY ($1::text[]) AND ${IS_LIVE}
RETURNING w.job_id, w.attempt, w.provider_id, w.claimed_by IS NOT NULL AS claimed`;

/**
 * Marks jobs as to be cancelled; those that wait are CANCELLED at once. Several statements, so that the last sees a worker that was
 * reserved while the first waited for the job's lock: run it inside a transaction.
 * @returns the jobs that exist, and the live workers to end
 */
export async function cancelJobs(
  db: Queryable,
  cancels: readonly { jobId: string; reason: string | null }[],
): Promise<{ jobs: CancelledJob[]; workers: DoomedWorker[] }> {
  const ids = cancels.map((cancel) => cancel.jobId);
  await db.query({ name: "lock-doomed-workers", text: LOCK_WORKERS, values: [ids] });
  const jobs = await db.query<{
    id: string;
    attempt: number;
    state: JobState;
    won: boolean;
    provider_name: string | null;
    traceparent: string | null;
  }>({ name: "cancel-jobs", text: MARK_JOBS, values: [ids, cancels.map((cancel) => cancel.reason)] });
  const workers = await db.query<{ job_id: string; attempt: number; provider_id: string; claimed: boolean }>({
    name: "doom-workers",
    text: MARK_WORKERS,
    values: [ids],
  });
  return {
    jobs: jobs.rows.map((row) => ({
      jobId: row.id,
      attempt: row.attempt,
      state: row.state,
      won: row.won,
      providerName: row.provider_name,
      traceparent: row.traceparent,
    })),
    workers: workers.rows.map((row) => ({
      jobId: row.job_id,
      attempt: row.attempt,
      providerId: row.provider_id,
      claimed: row.claimed,
    })),
  };
}
