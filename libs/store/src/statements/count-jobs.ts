import type { JobCounts } from "@hodei/telemetry";
import type { Queryable } from "../queryable.ts";

// Each part reads an index that holds unfinished jobs only, however many have finished: jobs_waiting_idx (in the order of its classes) and
// jobs_unfinished_idx. The conditions are those of the indexes, to the letter.
const TEXT = `
WITH classes AS MATERIALIZED (
  SELECT count(*) AS jobs, min(submitted_at) AS oldest FROM jobs WHERE state = 'PENDING' GROUP BY class_id
)
SELECT (SELECT coalesce(sum(jobs), 0)::int FROM classes) AS pending,
       (SELECT coalesce(extract(epoch FROM now() - min(oldest)), 0)::float8 FROM classes) AS oldest_seconds,
       (SELECT count(*)::int FROM classes) AS classes,
       (SELECT coalesce(max(jobs), 0)::int FROM classes) AS largest,
       (SELECT count(*)::int FROM jobs
         WHERE state = 'PROVISIONING' AND state IN ('PENDING', 'PROVISIONING', 'RUNNING')) AS provisioning,
       (SELECT count(*)::int FROM jobs
         WHERE state = 'RUNNING' AND state IN ('PENDING', 'PROVISIONING', 'RUNNING')) AS running`;

/** How many jobs are in each state that is not final; finished ones are counted as they finish. */
export async function countJobs(db: Queryable): Promise<JobCounts> {
  const { rows } = await db.query<{
    pending: number;
    oldest_seconds: number;
    classes: number;
    largest: number;
    provisioning: number;
    running: number;
  }>({ name: "count-jobs", text: TEXT });
  const [row] = rows;
  return {
    byState: new Map([
      ["PENDING", row?.pending ?? 0],
      ["PROVISIONING", row?.provisioning ?? 0],
      ["RUNNING", row?.running ?? 0],
    ]),
    oldestWaitingSeconds: Math.max(0, row?.oldest_seconds ?? 0),
    waitingClasses: row?.classes ?? 0,
    largestClassJobs: row?.largest ?? 0,
  };
}
