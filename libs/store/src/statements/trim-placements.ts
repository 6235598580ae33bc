import type { Queryable } from "../queryable.ts";

/** Explanations are kept this long; a job that still waits is explained anew anyway. */
const KEPT = "7 days";
const AT_ONCE = 1_000;

/** Deletes explanations that are out of date, a bounded number at a time. */
export async function trimPlacements(db: Queryable): Promise<number> {
  const { rowCount } = await db.query({
    name: "trim-placements",
    text: `DELETE FROM placements p USING (
             SELECT class_id, fleet_version FROM placements WHERE decided_at < now() - interval '${KEPT}' LIMIT ${AT_ONCE}) old
            WHERE p.class_id = old.class_id AND p.fleet_version = old.fleet_version`,
  });
  return rowCount ?? 0;
}
