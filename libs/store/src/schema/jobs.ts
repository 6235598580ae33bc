import type { JobState } from "@hodei/contracts";
import { sql } from "drizzle-orm";
import { boolean, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true });

const columns = () => ({
  id: text().notNull(),
  name: text(),
  state: text().$type<Exclude<JobState, "REJECTED">>().notNull(),
  isWaiting: boolean("is_waiting").generatedAlwaysAs(sql`(state = 'PENDING')`),
  spec: jsonb().$type<Record<string, unknown>>().notNull(),
  bodySha256: text("body_sha256").notNull(),
  classId: text("class_id").notNull(),
  priority: integer().notNull().default(0),
  attempt: integer().notNull().default(0),
  ownFailures: integer("own_failures").notNull().default(0),
  infrastructureFailures: integer("infrastructure_failures").notNull().default(0),
  excludedProviders: uuid("excluded_providers").array().notNull().default(sql`'{}'`),
  providerId: uuid("provider_id"),
  providerName: text("provider_name"),
  fleetVersion: text("fleet_version"),
  traceparent: text(),
  cancelRequestedAt: at("cancel_requested_at"),
  cancelReason: text("cancel_reason"),
  notBefore: at("not_before"),
  submittedAt: at("submitted_at").notNull().defaultNow(),
  provisioningAt: at("provisioning_at"),
  runningAt: at("running_at"),
  finishedAt: at("finished_at"),
  exitCode: integer("exit_code"),
  failureCode: text("failure_code"),
  failureMessage: text("failure_message"),
  result: jsonb(),
});

/** One row per job that is not archived. */
export const jobs = pgTable("jobs", { ...columns(), id: text().primaryKey() });

/** Jobs that finished a while ago; an id may stand here several times. */
export const jobsArchive = pgTable("jobs_archive", columns());
