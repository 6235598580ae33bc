import { bigserial, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

type Fields = Record<string, unknown>;

/** Every change by the API, the CLI or SQL; append-only. Those of providers and tokens are written by triggers. */
export const auditLog = pgTable("audit_log", {
  id: bigserial({ mode: "number" }).primaryKey(),
  at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  actor: text().notNull(),
  source: text().notNull(),
  action: text().notNull(),
  target: text().notNull(),
  result: text().notNull().default("ok"),
  message: text(),
  before: jsonb().$type<Fields>(),
  after: jsonb().$type<Fields>(),
});
