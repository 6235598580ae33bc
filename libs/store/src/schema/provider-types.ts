import { boolean, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** One row per provider type that a registry knows: what placement must know of it without its adapter. */
export const providerTypes = pgTable("provider_types", {
  type: text().primaryKey(),
  runsImages: boolean("runs_images").notNull(),
  needsImage: boolean("needs_image").notNull(),
  takesPayload: boolean("takes_payload").notNull(),
  isPerMachine: boolean("is_per_machine").notNull(),
  longestRunSeconds: integer("longest_run_seconds"),
  package: text(),
  version: text(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
});
