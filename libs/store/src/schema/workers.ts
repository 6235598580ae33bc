import type { TerminateReason, WorkerState } from "@hodei/contracts";
import { sql } from "drizzle-orm";
import { bigint, boolean, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true });

/** The key a placement won by, as stored. */
export interface StoredRankKey {
  priority: number;
  active_workers: number;
  max_workers: number;
  health: string;
  name: string;
}

const columns = () => ({
  jobId: text("job_id").notNull(),
  attempt: integer().notNull(),
  name: text().generatedAlwaysAs(sql`('hodei-' || job_id || '-' || attempt::text)`),
  providerId: uuid("provider_id").notNull(),
  providerName: text("provider_name").notNull(),
  providerType: text("provider_type").notNull(),
  state: text().$type<WorkerState>().notNull(),
  isLive: boolean("is_live").generatedAlwaysAs(sql`(state IN ('REQUESTED', 'STARTING', 'RUNNING'))`),
  classId: text("class_id"),
  fleetVersion: text("fleet_version"),
  fallbackStep: text("fallback_step"),
  rankKey: jsonb("rank_key").$type<StoredRankKey>(),
  cpuMillis: bigint("cpu_millis", { mode: "number" }).notNull().default(0),
  memoryBytes: bigint("memory_bytes", { mode: "number" }).notNull().default(0),
  gpu: integer().notNull().default(0),
  requestedAt: at("requested_at").notNull().defaultNow(),
  startingAt: at("starting_at"),
  runningAt: at("running_at"),
  finishedAt: at("finished_at"),
  startDeadlineAt: at("start_deadline_at"),
  runTimeoutSeconds: integer("run_timeout_seconds"),
  claimedBy: text("claimed_by"),
  claimExpiresAt: at("claim_expires_at"),
  resourceId: text("resource_id"),
  terminateRequestedAt: at("terminate_requested_at"),
  terminateReason: text("terminate_reason").$type<TerminateReason>(),
  exitCode: integer("exit_code"),
  failureCode: text("failure_code"),
  failureMessage: text("failure_message"),
});

/** The capacity ledger: one row per attempt of a job that is not archived. */
export const workers = pgTable(
  "workers",
  { ...columns(), isClaimed: boolean("is_claimed").generatedAlwaysAs(sql`(claim_expires_at IS NOT NULL)`) },
  (table) => [primaryKey({ columns: [table.jobId, table.attempt] })],
);

/** The attempts of archived jobs. */
export const workersArchive = pgTable("workers_archive", {
  jobFinishedAt: at("job_finished_at").notNull(),
  ...columns(),
  isClaimed: boolean("is_claimed"),
});
