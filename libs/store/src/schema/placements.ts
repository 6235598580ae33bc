import type { Explanation, Requirements } from "@hodei/placement";
import { date, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

const columns = () => ({
  classId: text("class_id").notNull(),
  fleetVersion: text("fleet_version").notNull(),
  requirements: jsonb().$type<Requirements>().notNull(),
  explanation: jsonb().$type<Explanation>().notNull(),
  decidedAt: timestamp("decided_at", { withTimezone: true }).notNull().defaultNow(),
});

/** Why: one row per requirement class and fleet version. */
export const placements = pgTable("placements", columns(), (table) => [
  primaryKey({ columns: [table.classId, table.fleetVersion] }),
]);

/** Why archived jobs were placed as they were, for each day that such jobs finished on. */
export const placementsArchive = pgTable("placements_archive", {
  finishedOn: date("finished_on").notNull(),
  ...columns(),
});
