import type { Queryable } from "../queryable.ts";

const AT_ONCE = 1_000;

/** Deletes lines of the audit log that are older than `days`, a bounded number at a time; the database refuses it of those under 90 days.
 *  @returns whether there may be more */
export async function trimAudit(db: Queryable, days: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "trim-audit",
    text: `DELETE FROM audit_log WHERE id IN (
             SELECT id FROM audit_log WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT ${AT_ONCE})`,
    values: [days],
  });
  return rowCount === AT_ONCE;
}
