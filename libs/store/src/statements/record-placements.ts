import type { Explanation, Requirements } from "@hodei/placement";
import type { Queryable } from "../queryable.ts";

/** Why a requirement class was decided as it was on one fleet version (design §4 "Explain"). */
export interface PlacementRecord {
  classId: string;
  fleetVersion: string;
  requirements: Requirements;
  explanation: Explanation;
}

/** Keeps explanations. One that is there stays as it is, and is noted as used again: `decided_at` is right to a day. */
export async function recordPlacements(db: Queryable, records: readonly PlacementRecord[]): Promise<void> {
  await db.query({
    name: "record-placements",
    text: `INSERT INTO placements (class_id, fleet_version, requirements, explanation)
           SELECT class_id, fleet_version, requirements::jsonb, explanation::jsonb
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS i(class_id, fleet_version, requirements, explanation)
            ORDER BY class_id, fleet_version
           ON CONFLICT (class_id, fleet_version) DO UPDATE SET decided_at = now()
            WHERE placements.decided_at < now() - interval '1 day'`,
    values: [
      records.map((record) => record.classId),
      records.map((record) => record.fleetVersion),
      records.map((record) => JSON.stringify(record.requirements)),
      records.map((record) => JSON.stringify(record.explanation)),
    ],
  });
}
