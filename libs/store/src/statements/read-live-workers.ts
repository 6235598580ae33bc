import { workerName } from "@hodei/contracts";
import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";
import { IS_LIVE } from "./is-live.ts";

/** Which of these workers have no final row yet, by name: asked after their end, when hardly any is left. */
export async function readLiveWorkers(
  db: Queryable,
  workers: readonly { jobId: string; attempt: number }[],
): Promise<Set<string>> {
  if (workers.length === 0) return new Set();
  const { rows } = await db.query<{ job_id: string; attempt: number }>({
    name: "read-live-workers",
    text: `SELECT i.job_id, i.attempt FROM unnest($1::text[], $2::int[]) AS i(job_id, attempt)
            CROSS JOIN LATERAL (SELECT 1 FROM workers w WHERE w.job_id = i.job_id AND w.attempt = i.attempt
                                   AND ${IS_LIVE} OFFSET 0) l`,
    values: [column(workers, (worker) => worker.jobId), column(workers, (worker) => worker.attempt)],
  });
  return new Set(rows.map((row) => workerName(row.job_id, row.attempt)));
}
