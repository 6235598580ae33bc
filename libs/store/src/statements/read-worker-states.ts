import type { WorkerState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** The rows' word on a worker. */
export interface WorkerWord {
  state: WorkerState;
  claimedBy: string | null;
  /** Since its end was settled, by the database's clock; `null` while it is live. */
  finishedForSeconds: number | null;
}

/** The rows' word on workers, by name; a worker without a row is absent. */
export async function readWorkerStates(
  db: Queryable,
  workers: readonly { jobId: string; attempt: number }[],
): Promise<Map<string, WorkerWord>> {
  const { rows } = await db.query<{
    name: string;
    state: WorkerState;
    claimed_by: string | null;
    finished_for: number | null;
  }>({
    name: "read-worker-states",
    text: `SELECT w.name, w.state, w.claimed_by, extract(epoch FROM now() - w.finished_at)::float8 AS finished_for FROM workers w
             JOIN unnest($1::text[], $2::int[]) AS i(job_id, attempt) ON i.job_id = w.job_id AND i.attempt = w.attempt`,
    values: [workers.map((worker) => worker.jobId), workers.map((worker) => worker.attempt)],
  });
  return new Map(
    rows.map((row) => [
      row.name,
      { state: row.state, claimedBy: row.claimed_by, finishedForSeconds: row.finished_for },
    ]),
  );
}
