import type { JobCounts } from "@hodei/telemetry";
import type { QueryResult } from "pg";
import type { Queryable } from "../queryable.ts";

interface CountRow {
  pending: number;
  oldest_seconds: number;
  classes: number;
  largest: number;
  provisioning: number;
  running: number;
}

// By the indexes that hold unfinished jobs only (jobs_waiting_idx, workers_live_idx), however many have finished: the planner would read the
// whole table on statistics from a moment when most jobs waited. Two statements of one message are one transaction, so the setting ends with it.
const TEXT = `
SET LOCAL enable_seqscan = off;
WITH classes AS MATERIALIZED (
  SELECT count(*) AS jobs, min(submitted_at) AS oldest FROM jobs WHERE is_waiting GROUP BY class_id
)
SELECT (SELECT coalesce(sum(jobs), 0)::int FROM classes) AS pending,
       (SELECT coalesce(extract(epoch FROM now() - min(oldest)), 0)::float8 FROM classes) AS oldest_seconds,
       (SELECT count(*)::int FROM classes) AS classes,
       (SELECT coalesce(max(jobs), 0)::int FROM classes) AS largest,
       live.provisioning, live.running
  FROM (SELECT count(*) FILTER (WHERE state <> 'RUNNING')::int AS provisioning, count(*) FILTER (WHERE state = 'RUNNING')::int AS running
          FROM workers WHERE is_live) live`;

/** How many jobs are in each state that is not final; finished ones are counted as they finish. */
export async function countJobs(db: Queryable): Promise<JobCounts> {
  const results: unknown = await db.query(TEXT);
  const [, counted] = results as [QueryResult, QueryResult<CountRow>];
  const [row] = counted.rows;
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
