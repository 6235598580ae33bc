import { bigint, bigserial, integer, jsonb, pgTable, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";

/** Each earlier version of what an operator configured. */
export const providerConfigHistory = pgTable(
  "provider_config_history",
  {
    id: bigserial({ mode: "number" }).primaryKey(),
    providerId: uuid("provider_id").notNull(),
    generation: bigint({ mode: "number" }).notNull(),
    name: text().notNull(),
    providerType: text("provider_type").notNull(),
    config: jsonb().$type<Record<string, unknown>>().notNull(),
    status: text().notNull(),
    priority: integer().notNull(),
    maxWorkers: integer("max_workers").notNull(),
    preferredRegion: text("preferred_region"),
    allowedRegions: jsonb("allowed_regions").$type<string[]>().notNull(),
    requiredLabels: jsonb("required_labels").$type<Record<string, string>>().notNull(),
    annotations: jsonb().$type<Record<string, string>>().notNull(),
    replacedAt: timestamp("replaced_at", { withTimezone: true }).notNull().defaultNow(),
    replacedBy: text("replaced_by").notNull(),
  },
  (table) => [unique().on(table.providerId, table.generation)],
);
