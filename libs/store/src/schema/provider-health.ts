import type { CheckStep, HealthState } from "@hodei/contracts";
import {
  bigint,
  bigserial,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { providerConfigs } from "./provider-configs.ts";

/** What the health service knows of a provider; no row = never checked. */
export const providerHealth = pgTable("provider_health", {
  providerId: uuid("provider_id")
    .primaryKey()
    .references(() => providerConfigs.id, { onDelete: "cascade" }),
  health: text().$type<HealthState>().notNull().default("unknown"),
  healthSince: timestamp("health_since", { withTimezone: true }),
  code: text(),
  cause: text(),
  fix: text(),
  detail: text(),
  consecutiveFailures: integer("consecutive_failures").notNull().default(0),
  consecutiveSuccesses: integer("consecutive_successes").notNull().default(0),
  latencyMs: doublePrecision("latency_ms"),
  checkedAt: timestamp("checked_at", { withTimezone: true }),
  nextCheckAt: timestamp("next_check_at", { withTimezone: true }).notNull().defaultNow(),
  claimedBy: text("claimed_by"),
  claimExpiresAt: timestamp("claim_expires_at", { withTimezone: true }),
  certificateExpiresAt: timestamp("certificate_expires_at", { withTimezone: true }),
  /** The last checks, newest last: `+` answered, `-` did not. */
  recent: text().notNull().default(""),
  steps: jsonb().$type<CheckStep[]>().notNull().default([]),
  checkedGeneration: bigint("checked_generation", { mode: "number" }),
  toldAt: timestamp("told_at", { withTimezone: true }),
});

/** The last checks of each provider. */
export const providerHealthChecks = pgTable("provider_health_checks", {
  id: bigserial({ mode: "number" }).primaryKey(),
  providerId: uuid("provider_id")
    .notNull()
    .references(() => providerConfigs.id, { onDelete: "cascade" }),
  at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  health: text().$type<HealthState>().notNull(),
  code: text(),
  detail: text(),
  latencyMs: doublePrecision("latency_ms"),
  begunAt: timestamp("begun_at", { withTimezone: true }),
  checkedBy: text("checked_by"),
});
