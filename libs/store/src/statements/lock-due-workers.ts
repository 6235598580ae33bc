import { IS_LIVE } from "./is-live.ts";

/**
 * The live workers `w` that a sweep is about, as the CTE `due` (job_id, place), locked in the order of their key; rivals skip each other's.
 * `condition` is of the worker alone, and is asked again of each row that is locked; `from` joins what else decides. `limit` is a parameter.
 *
 * First all that are due, by the index of live workers, then in order: asked for the first few in order, the planner reads the primary key
 * from its beginning, with every worker that has finished. They are changed by their `place` (`w.ctid = d.place`) for the same reason: a row that
 * somebody changed since the statement began is not found there, so it is passed over, and is the next sweep's.
 */
export function lockDueWorkers({
  condition,
  from = "workers w",
  limit,
}: {
  condition: string;
  from?: string;
  limit: string;
}): string {
  return `
  found AS MATERIALIZED (SELECT w.job_id, w.attempt, w.ctid AS place FROM ${from} WHERE w.is_live AND ${condition}),
  due AS MATERIALIZED (
    SELECT f.job_id, l.place FROM (SELECT * FROM found ORDER BY job_id, attempt) f
     CROSS JOIN LATERAL (
       SELECT w.ctid AS place FROM workers w
        WHERE w.job_id = f.job_id AND w.attempt = f.attempt AND ${IS_LIVE} AND ${condition}
          FOR UPDATE SKIP LOCKED
     ) l
     WHERE l.place = f.place
     LIMIT ${limit}
  )`;
}
