import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";

/** Progress of a live worker: STARTING or RUNNING. */
export interface WorkerProgress {
  jobId: string;
  attempt: number;
  state: "STARTING" | "RUNNING";
  at: string;
}

/** A job that this progress turned RUNNING. */
export interface RunningJob {
  jobId: string;
  attempt: number;
  providerName: string;
  traceparent: string | null;
  /** From submission, in seconds, for `hodei_job_wait_seconds`. */
  waitSeconds: number;
}

const TEXT = `
WITH input AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[]) AS i(job_id, attempt, state, at)),
live AS MATERIALIZED (
  SELECT l.* FROM (SELECT * FROM input ORDER BY job_id, attempt) i
   CROSS JOIN LATERAL (
     SELECT w.job_id, w.attempt FROM workers w
      WHERE w.job_id = i.job_id AND w.attempt = i.attempt
        AND (w.state = 'REQUESTED' OR (w.state = 'STARTING' AND i.state = 'RUNNING'))
        FOR UPDATE
   ) l
),
advanced AS (
  UPDATE workers w SET state = i.state,
         starting_at = CASE WHEN i.state = 'STARTING' THEN i.at ELSE w.starting_at END,
         running_at = CASE WHEN i.state = 'RUNNING' THEN i.at ELSE w.running_at END
    FROM input i JOIN live l ON l.job_id = i.job_id AND l.attempt = i.attempt
   WHERE w.job_id = i.job_id AND w.attempt = i.attempt
  RETURNING w.job_id, w.attempt, w.state
)
UPDATE jobs j SET state = 'RUNNING', running_at = i.at
  FROM advanced a JOIN input i ON i.job_id = a.job_id AND i.attempt = a.attempt
 WHERE a.state = 'RUNNING' AND j.id = a.job_id AND j.attempt = a.attempt AND j.state = 'PROVISIONING'
RETURNING j.id, j.attempt, j.provider_name, j.traceparent, extract(epoch FROM j.running_at - j.submitted_at)::float8 AS wait`;

/** Moves live workers, and with RUNNING their jobs, forward; a late or repeated report changes nothing (I5). */
export async function advanceWorkers(db: Queryable, progress: readonly WorkerProgress[]): Promise<RunningJob[]> {
  if (progress.length === 0) return [];
  const { rows } = await db.query<{
    id: string;
    attempt: number;
    provider_name: string;
    traceparent: string | null;
    wait: number;
  }>({
    name: "advance-workers",
    text: TEXT,
    values: [
      column(progress, (each) => each.jobId),
      column(progress, (each) => each.attempt),
      column(progress, (each) => each.state),
      column(progress, (each) => each.at),
    ],
  });
  return rows.map((row) => ({
    jobId: row.id,
    attempt: row.attempt,
    providerName: row.provider_name,
    traceparent: row.traceparent,
    waitSeconds: row.wait,
  }));
}
