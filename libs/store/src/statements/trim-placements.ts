import type { Queryable } from "../queryable.ts";

/** Explanations are kept this long after their jobs could be archived, which takes them along; a job that still waits is explained anew. */
const KEPT_SECONDS = 7 * 86_400;
const AT_ONCE = 1_000;

/** Deletes explanations that are out of date, a bounded number at a time. */
export async function trimPlacements(db: Queryable, archiveAfterSeconds: number): Promise<number> {
  const { rowCount } = await db.query({
    name: "trim-placements",
    text: `DELETE FROM placements p USING (
             SELECT class_id, fleet_version FROM placements WHERE decided_at < now() - make_interval(secs => $1) LIMIT ${AT_ONCE}) old
            WHERE p.class_id = old.class_id AND p.fleet_version = old.fleet_version`,
    values: [KEPT_SECONDS + archiveAfterSeconds],
  });
  return rowCount ?? 0;
}
