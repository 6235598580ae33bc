import type { Queryable } from "../queryable.ts";

/** Writes the vendor's ids of workers that this claimant holds. @returns how many it still held */
export async function recordResources(
  db: Queryable,
  started: readonly { jobId: string; attempt: number; resourceId: string }[],
  claimant: string,
): Promise<number> {
  const { rowCount } = await db.query({
    name: "record-resources",
    text: `UPDATE workers w SET resource_id = i.resource_id
             FROM unnest($1::text[], $2::int[], $3::text[]) AS i(job_id, attempt, resource_id)
            WHERE w.job_id = i.job_id AND w.attempt = i.attempt AND w.claimed_by = $4`,
    values: [
      started.map((each) => each.jobId),
      started.map((each) => each.attempt),
      started.map((each) => each.resourceId),
      claimant,
    ],
  });
  return rowCount ?? 0;
}
