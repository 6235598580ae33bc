import type { Problem } from "@hodei/contracts";
import { bigserial, customType, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** Messages that can never be handled. */
export const deadLetters = pgTable("dead_letters", {
  id: bigserial({ mode: "number" }).primaryKey(),
  dedupKey: text("dedup_key").notNull().unique(),
  subject: text().notNull(),
  jobId: text("job_id"),
  problems: jsonb().$type<Problem[]>().notNull().default([]),
  body: bytea().notNull(),
  bodyBytes: integer("body_bytes").notNull(),
  bodySha256: text("body_sha256").notNull(),
  messageId: text("message_id"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});
