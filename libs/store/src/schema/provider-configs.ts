import type { Problem, ProviderStatus } from "@hodei/contracts";
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uuid, varchar } from "drizzle-orm/pg-core";

/** One row per provider (design §3.3). */
export const providerConfigs = pgTable(
  "provider_configs",
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull().unique(),
    providerType: text("provider_type").notNull(),
    config: jsonb().$type<Record<string, unknown>>().notNull(),
    status: text().$type<ProviderStatus>().notNull().default("ACTIVE"),
    priority: integer().notNull().default(0),
    maxWorkers: integer("max_workers").notNull().default(10),
    activeWorkers: integer("active_workers").notNull().default(0),
    capabilities: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    statusReason: text("status_reason"),
    configErrors: jsonb("config_errors").$type<Problem[]>(),
    reservedCpuMillis: bigint("reserved_cpu_millis", { mode: "number" }).notNull().default(0),
    reservedMemoryBytes: bigint("reserved_memory_bytes", { mode: "number" }).notNull().default(0),
    reservedGpu: integer("reserved_gpu").notNull().default(0),
    ledgerVersion: bigint("ledger_version", { mode: "number" }).notNull().default(0),
    generation: bigint({ mode: "number" }).notNull().default(1),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
    preferredRegion: varchar("preferred_region", { length: 100 }),
    allowedRegions: jsonb("allowed_regions").$type<string[]>().notNull().default([]),
    requiredLabels: jsonb("required_labels").$type<Record<string, string>>().notNull().default({}),
    annotations: jsonb().$type<Record<string, string>>().notNull().default({}),
  },
  (table) => [index("provider_configs_status_idx").on(table.status)],
);
