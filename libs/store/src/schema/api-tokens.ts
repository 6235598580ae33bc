import type { Role } from "@hodei/contracts";
import { sql } from "drizzle-orm";
import { pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true });

/** Who may use the API off loopback; of a token only its hash is here. */
export const apiTokens = pgTable("api_tokens", {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull(),
  role: text().$type<Role>().notNull(),
  tokenSha256: text("token_sha256").notNull(),
  createdAt: time("created_at").notNull().defaultNow(),
  createdBy: text("created_by").notNull().default(sql`session_user`),
  expiresAt: time("expires_at"),
  lastUsedAt: time("last_used_at"),
  revokedAt: time("revoked_at"),
});
