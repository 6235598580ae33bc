import { getTableColumns } from "drizzle-orm";
import type { Queryable } from "../queryable.ts";
import { jobs } from "../schema/jobs.ts";
import { placements } from "../schema/placements.ts";
import { workersArchive } from "../schema/workers.ts";
import { IS_LIVE } from "./is-live.ts";

/** How far a pass over the old jobs has come, in the order of their submission. */
export interface ArchivePosition {
  submittedAt: string;
  jobId: string;
}

export interface ArchivedBatch {
  moved: number;
  /** Where to go on; absent when the pass is through. */
  next?: ArchivePosition;
}

const AT_ONCE = 1_000;
const START: ArchivePosition = { submittedAt: "-infinity", jobId: "" };

// A job ends after it was submitted, so the index on submitted_at leads to those that are due and to few others. One on finished_at would cost
// every job a write to an index when it ends; and the BRIN index there forgets nothing: pages that are used again keep the oldest time they ever had.
const LOOK = `
WITH looked AS (
  SELECT j.id, j.submitted_at, j.finished_at FROM jobs j
   WHERE j.submitted_at < now() - make_interval(secs => $1) AND (j.submitted_at, j.id) > ($2::timestamptz, $3)
   ORDER BY j.submitted_at, j.id LIMIT $4
)
SELECT count(*)::int AS looked, max(submitted_at)::text AS last_at, (array_agg(id ORDER BY submitted_at DESC, id DESC))[1] AS last_id,
       coalesce(array_agg(id) FILTER (WHERE finished_at < now() - make_interval(secs => $1)), '{}') AS due,
       coalesce(array_agg(DISTINCT (finished_at AT TIME ZONE 'UTC')::date::text)
                FILTER (WHERE finished_at < now() - make_interval(secs => $1)), '{}') AS days
  FROM looked`;

// Locks jobs by id, as every statement that locks several does, and passes over those that somebody else has.
const MOVE = `
WITH due AS MATERIALIZED (
  SELECT j.id FROM jobs j
   WHERE j.id = ANY ($1::text[]) AND j.finished_at IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.job_id = j.id AND ${IS_LIVE})
   ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
),
moved AS (DELETE FROM jobs j USING due d WHERE j.id = d.id RETURNING j.*),
attempts AS (DELETE FROM workers w USING moved m WHERE w.job_id = m.id RETURNING w.*, m.finished_at AS job_finished_at),
kept_jobs AS (INSERT INTO jobs_archive (${namesOf(jobs)}) SELECT ${namesOf(jobs)} FROM moved),
kept_workers AS (
  INSERT INTO workers_archive (${namesOf(workersArchive)}) SELECT ${namesOf(workersArchive)} FROM attempts
),
reasons AS (SELECT DISTINCT class_id, fleet_version, (job_finished_at AT TIME ZONE 'UTC')::date AS finished_on FROM attempts),
kept_placements AS (
  INSERT INTO placements_archive (finished_on, ${namesOf(placements)})
  SELECT r.finished_on, ${namesOf(placements, "p.")}
    FROM reasons r JOIN placements p ON p.class_id = r.class_id AND p.fleet_version = r.fleet_version
  ON CONFLICT DO NOTHING
)
SELECT count(*)::int AS moved FROM moved`;

/**
 * Looks at the next jobs of a pass and moves those of them that finished more than `afterSeconds` ago, with their attempts and the reasons of
 * their placements, into the archive. A job that waits, or has a live worker, stays. Run it inside a transaction: all of it or nothing.
 */
export async function archiveJobs(
  tx: Queryable,
  afterSeconds: number,
  { from = START, atOnce = AT_ONCE }: { from?: ArchivePosition | undefined; atOnce?: number } = {},
): Promise<ArchivedBatch> {
  // Rows are looked up by their keys, whatever the statistics say of tables that were small a moment ago.
  await tx.query("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off");
  const { rows } = await tx.query<{ looked: number; last_at: string; last_id: string; due: string[]; days: string[] }>({
    text: LOOK,
    values: [afterSeconds, from.submittedAt, from.jobId, atOnce],
  });
  const [found] = rows;
  if (!found || found.looked === 0) return { moved: 0 };
  const next = { submittedAt: found.last_at, jobId: found.last_id };
  const moved = found.due.length > 0 ? await move(tx, found.due, found.days) : 0;
  return { moved, ...(found.looked === atOnce && { next }) };
}

async function move(tx: Queryable, due: readonly string[], days: readonly string[]): Promise<number> {
  await tx.query({ text: "SELECT hodei_make_archive_days($1::date[])", values: [days] });
  const { rows } = await tx.query<{ moved: number }>({ text: MOVE, values: [due] });
  return rows[0]?.moved ?? 0;
}

/** Drops the days of the archive that ended more than `keptSeconds` ago, a day at least. @returns how many */
export async function dropArchivedDays(db: Queryable, keptSeconds: number): Promise<number> {
  const { rowCount } = await db.query({
    name: "drop-archived-days",
    text: "SELECT hodei_drop_archive_days($1)",
    values: [keptSeconds],
  });
  return rowCount ?? 0;
}

/** Every column that is written, not computed: one that is added to a table moves too. */
function namesOf(table: typeof jobs | typeof workersArchive | typeof placements, prefix = ""): string {
  return Object.values(getTableColumns(table))
    .filter((column) => !column.generated)
    .map((column) => `${prefix}${column.name}`)
    .join(", ");
}
