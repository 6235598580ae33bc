import type { WorkerState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** The rows' word on workers, by name; a worker without a row is absent. */
export async function readWorkerStates(
  db: Queryable,
  workers: readonly { jobId: string; attempt: number }[],
): Promise<Map<string, { state: WorkerState; claimedBy: string | null }>> {
  const { rows } = await db.query<{ name: string; state: WorkerState; claimed_by: string | null }>({
    name: "read-worker-states",
    text: `SELECT w.name, w.state, w.claimed_by FROM workers w
             JOIN unnest($1::text[], $2::int[]) AS i(job_id, attempt) ON i.job_id = w.job_id AND i.attempt = w.attempt`,
    values: [workers.map((worker) => worker.jobId), workers.map((worker) => worker.attempt)],
  });
  return new Map(rows.map((row) => [row.name, { state: row.state, claimedBy: row.claimed_by }]));
}
