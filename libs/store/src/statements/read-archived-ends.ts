import type { FinalJobState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** How the archived among the named jobs ended, by id. */
export async function readArchivedEnds(db: Queryable, jobIds: readonly string[]): Promise<Map<string, FinalJobState>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; state: FinalJobState }>({
    name: "read-archived-ends",
    text: "SELECT id, state FROM jobs_archive WHERE id = ANY ($1::text[]) ORDER BY finished_at",
    values: [jobIds],
  });
  return new Map(rows.map((row) => [row.id, row.state]));
}
