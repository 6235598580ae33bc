import type { Queryable } from "../queryable.ts";

/** A job that waits for a provider. */
export interface WaitingJob {
  jobId: string;
  attempt: number;
  classId: string;
  /** The wire body; read it with `JobSpec`. */
  spec: unknown;
  excludedProviders: string[];
  traceparent: string | null;
}

interface WaitingRow {
  id: string;
  attempt: number;
  class_id: string;
  spec: unknown;
  excluded_providers: string[];
  traceparent: string | null;
}

// Written as a comparison, which the planner takes nearly every row to pass: then the first in the order of the index is surely the cheapest. As
// plain conditions it takes them, on a table that was never analysed, to leave next to nothing, and sorts all waiting jobs of the class.
const MAY_START = "(j.cancel_requested_at IS NULL AND (j.not_before IS NULL OR j.not_before <= now()))::int <> 0";

// A loose index scan: one probe of the (class_id, priority desc, submitted_at, id) index per class, however many jobs wait in it.
// The next retry comes along: who looks at the waiting jobs wants to know when to look again, also when none may be placed now.
const HEADS = `
WITH RECURSIVE classes AS (
  (SELECT class_id FROM jobs WHERE is_waiting AND class_id > $1 ORDER BY class_id LIMIT 1)
  UNION ALL
  SELECT (SELECT j.class_id FROM jobs j WHERE j.is_waiting AND j.class_id > c.class_id ORDER BY j.class_id LIMIT 1)
    FROM classes c WHERE c.class_id IS NOT NULL
),
page AS MATERIALIZED (SELECT class_id FROM classes WHERE class_id IS NOT NULL LIMIT $2),
heads AS (
  SELECT h.*
    FROM page c
   CROSS JOIN LATERAL (
     SELECT * FROM jobs j
      WHERE j.is_waiting AND j.class_id = c.class_id AND ${MAY_START}
      ORDER BY j.priority DESC, j.submitted_at, j.id LIMIT 1
   ) h
)
SELECT r.retry_seconds, p.last_class, h.id, h.attempt, h.class_id, h.spec, h.excluded_providers, h.traceparent
  FROM (SELECT extract(epoch FROM (
          SELECT not_before FROM jobs WHERE is_waiting AND not_before IS NOT NULL AND not_before > now() ORDER BY not_before LIMIT 1
        ) - now())::float8 AS retry_seconds) r
 CROSS JOIN (SELECT CASE WHEN count(*) = $2 THEN max(class_id) END AS last_class FROM page) p
  LEFT JOIN heads h ON true
 ORDER BY h.priority DESC, h.submitted_at, h.id`;

const NEXT = `
SELECT h.id, h.attempt, h.class_id, h.spec, h.excluded_providers, h.traceparent
  FROM unnest($1::text[]) AS c(class_id)
 CROSS JOIN LATERAL (
   SELECT * FROM jobs j
    WHERE j.is_waiting AND j.class_id = c.class_id AND ${MAY_START}
    ORDER BY j.priority DESC, j.submitted_at, j.id LIMIT $2
 ) h
 ORDER BY h.priority DESC, h.submitted_at, h.id LIMIT $2`;

/** The jobs that wait, as far as one look needs them. */
export interface WaitingHeads {
  /** The first of each requirement class: priority, then submission time (design §4). */
  heads: WaitingJob[];
  /** Where the next look begins, where there may be more classes than one look has; "" for the first. */
  nextPage: string;
  /** Seconds until the next retry's backoff ends, by the database's clock; `null` when none waits for one. */
  retrySeconds: number | null;
}

type HeadRow = { retry_seconds: number | null; last_class: string | null } & (WaitingRow | { id: null });

/** @param page `nextPage` of the look before, "" to begin */
export async function readWaitingHeads(db: Queryable, page: string, maxClasses: number): Promise<WaitingHeads> {
  const { rows } = await db.query<HeadRow>({ name: "waiting-heads", text: HEADS, values: [page, maxClasses] });
  return {
    heads: rows.flatMap((row) => (row.id === null ? [] : [waitingJobOf(row)])),
    nextPage: rows[0]?.last_class ?? "",
    retrySeconds: rows[0]?.retry_seconds ?? null,
  };
}

/** The next `limit` waiting jobs of these classes: priority, then submission time (design §4). */
export async function readWaitingJobs(
  db: Queryable,
  classIds: readonly string[],
  limit: number,
): Promise<WaitingJob[]> {
  const { rows } = await db.query<WaitingRow>({ name: "waiting-next", text: NEXT, values: [classIds, limit] });
  return rows.map(waitingJobOf);
}

function waitingJobOf(row: WaitingRow): WaitingJob {
  return {
    jobId: row.id,
    attempt: row.attempt,
    classId: row.class_id,
    spec: row.spec,
    excludedProviders: row.excluded_providers,
    traceparent: row.traceparent,
  };
}
