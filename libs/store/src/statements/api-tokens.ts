import { createHash, randomBytes } from "node:crypto";
import type { Role } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** What tells a token of ours from any other text, also to those who look for secrets in places where none belong. */
export const TOKEN_PREFIX = "hodei_";
/** 256 bits: nobody guesses it, so a plain hash of it is enough. */
const RANDOM_BYTES = 32;

/** A row of `api_tokens` without the hash. */
export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** A new token, and the only copy of its text. */
export interface IssuedToken {
  row: ApiToken;
  token: string;
}

const COLUMNS = `id, name, role, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

export function sha256Of(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Makes a token. @returns `undefined` when a token that is in use has that name */
export async function issueToken(
  db: Queryable,
  { name, role, expiresAt, by }: { name: string; role: Role; expiresAt?: Date | undefined; by?: string | undefined },
): Promise<IssuedToken | undefined> {
  const token = `${TOKEN_PREFIX}${randomBytes(RANDOM_BYTES).toString("base64url")}`;
  const { rows } = await db.query<ApiToken>({
    text: `INSERT INTO api_tokens (name, role, token_sha256, expires_at, created_by)
     VALUES ($1, $2, $3, $4, coalesce($5::text, session_user::text))
     ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
    values: [name, role, sha256Of(token), expiresAt ?? null, by ?? null],
  });
  const [row] = rows;
  return row && { row, token };
}

/** Tokens, newest first, revoked ones too; those older than `after` where it is given. */
export async function listTokens(
  db: Queryable,
  limit: number,
  after?: { createdAt: string; id: string },
): Promise<(ApiToken & { createdText: string })[]> {
  const { rows } = await db.query<ApiToken & { createdText: string }>({
    text: `SELECT ${COLUMNS}, created_at::text AS "createdText" FROM api_tokens
     WHERE $2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid)
     ORDER BY created_at DESC, id DESC LIMIT $1`,
    values: [limit, after?.createdAt ?? null, after?.id ?? null],
  });
  return rows;
}

/** Ends the token of that id or, among those in use, of that name. @returns `undefined` when there is none in use */
export async function revokeToken(db: Queryable, idOrName: string): Promise<ApiToken | undefined> {
  const { rows } = await db.query<ApiToken>({
    text: `UPDATE api_tokens SET revoked_at = now() WHERE (id::text = $1 OR name = $1) AND revoked_at IS NULL RETURNING ${COLUMNS}`,
    values: [idOrName],
  });
  return rows[0];
}

/** The token of that hash, with what the database's clock says of it. */
export async function readTokenByHash(
  db: Queryable,
  sha256: string,
): Promise<(ApiToken & { tokenSha256: string; isExpired: boolean }) | undefined> {
  const { rows } = await db.query<ApiToken & { tokenSha256: string; isExpired: boolean }>({
    text: `SELECT ${COLUMNS}, token_sha256 AS "tokenSha256", coalesce(expires_at <= now(), false) AS "isExpired"
     FROM api_tokens WHERE token_sha256 = $1`,
    values: [sha256],
  });
  return rows[0];
}

/** Notes that a token was used, at most once a minute, by however many registries. */
export async function touchToken(db: Queryable, id: string): Promise<void> {
  await db.query({
    text: `UPDATE api_tokens SET last_used_at = now()
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
    values: [id],
  });
}
