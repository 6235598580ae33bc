import { boolean, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const now = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

export const migrations = pgTable("migrations", { name: text().primaryKey(), appliedAt: now("applied_at") });

/** Work that one instance does at a time. */
export const leases = pgTable("leases", {
  name: text().primaryKey(),
  holder: text().notNull(),
  expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
});

/** Who we are at the providers: one row. */
export const cluster = pgTable("cluster", {
  singleton: boolean().primaryKey().default(true),
  id: uuid().notNull().defaultRandom(),
  createdAt: now("created_at"),
});
