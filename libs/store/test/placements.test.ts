import { testDatabase } from "@hodei/testing";
import pg from "pg";
import { expect, test } from "vitest";
import { type PlacementRecord, recordPlacements, trimPlacements } from "../src/index.ts";

const DAY_SECONDS = 86_400;
const reasonOf = (classId: string) =>
  ({ classId, fleetVersion: "f", requirements: {}, explanation: {} }) as PlacementRecord;

test("reasons that are still given stay; those that were not for a week after their jobs could be archived go", async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await recordPlacements(client, ["used", "unused", "young"].map(reasonOf));
    await client.query("UPDATE placements SET decided_at = now() - interval '9 days' WHERE class_id <> 'young'");
    await client.query(
      "UPDATE placements SET decided_at = now() - interval '7 days 12 hours' WHERE class_id = 'young'",
    );
    await recordPlacements(client, [reasonOf("used")]);
    expect(await trimPlacements(client, DAY_SECONDS)).toBe(1);
    expect(await database.query("SELECT class_id FROM placements ORDER BY 1")).toEqual([
      { class_id: "used" },
      { class_id: "young" },
    ]);
  } finally {
    await client.end();
  }
});
