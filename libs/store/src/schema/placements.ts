import type { Explanation, Requirements } from "@hodei/placement";
import { jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

/** Why: one row per requirement class and fleet version. */
export const placements = pgTable(
  "placements",
  {
    classId: text("class_id").notNull(),
    fleetVersion: text("fleet_version").notNull(),
    requirements: jsonb().$type<Requirements>().notNull(),
    explanation: jsonb().$type<Explanation>().notNull(),
    decidedAt: timestamp("decided_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.classId, table.fleetVersion] })],
);
