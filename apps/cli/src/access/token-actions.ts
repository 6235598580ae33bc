import { ROLES, type Role } from "@hodei/contracts";
import { type ApiToken, issueToken, listTokens, revokeToken } from "@hodei/store";
import { connectStore } from "../connect.ts";
import { UsageError, UserError } from "../errors.ts";
import { printJson, printLine, printTable, say } from "../print.ts";

interface CreateOptions {
  role: string;
  expires?: string;
  json?: boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3650 * 86_400_000;
const LONGEST_NAME = 100;
/** Tokens shown at most. */
const MOST = 1000;

/** `hodei tokens create`: straight to the database, so that the first one can be made. */
export async function createToken(name: string, { role, expires, json }: CreateOptions): Promise<void> {
  const word = ROLES.find((each) => each === role);
  if (!word) throw new UsageError(`"${role}" is no role; write one of ${ROLES.join(", ")}`);
  if (!/^[^\s\p{Cc}][^\p{Cc}]*$/u.test(name) || name.length > LONGEST_NAME)
    throw new UsageError(`"${name}" is no name; write whose token it is, in at most ${LONGEST_NAME} characters`);
  const issued = await issue(name, word, expires === undefined ? undefined : expiryOf(expires));
  if (json) return printJson({ ...fieldsOf(issued.row), token: issued.token });
  // The token alone on stdout: HODEI_TOKEN=$(hodei tokens create …).
  printLine(issued.token);
  say(`it is shown this once; use it as HODEI_TOKEN, or: authorization: Bearer …`);
}

async function issue(name: string, role: Role, expiresAt: Date | undefined) {
  await using store = await connectStore();
  const issued = await store.transaction("operator", (tx) => issueToken(tx, { name, role, expiresAt }));
  if (!issued)
    throw new UserError(
      `a token named "${name}" is in use; end it with: hodei tokens revoke ${quoted(name)}, or choose another name`,
    );
  return issued;
}

export async function showTokens({ json }: { json?: boolean }): Promise<void> {
  await using store = await connectStore();
  const rows = await listTokens(store.pool, MOST);
  if (json) return printJson({ tokens: rows.map(fieldsOf) });
  printTable(
    ["NAME", "ROLE", "STATE", "CREATED", "EXPIRES", "LAST USED", "ID"],
    rows.map((row) => [
      row.name,
      row.role,
      stateOf(row),
      timeOf(row.createdAt),
      timeOf(row.expiresAt),
      timeOf(row.lastUsedAt),
      row.id,
    ]),
  );
}

export async function endToken(idOrName: string, { json }: { json?: boolean }): Promise<void> {
  await using store = await connectStore();
  const row = await store.transaction("operator", (tx) => revokeToken(tx, idOrName));
  if (!row) throw new UserError(`no token in use is "${idOrName}"; hodei tokens list shows those there are`);
  if (json) printJson(fieldsOf(row));
  else printLine(`revoked ${row.name}`);
}

function expiryOf(text: string): Date {
  const [, count, unit] = /^([1-9]\d{0,5})([hd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (!(ms <= LONGEST_MS))
    throw new UsageError(`"${text}" is no duration; write for example 12h or 90d, at most 3650d`);
  return new Date(Date.now() + ms);
}

function stateOf({ revokedAt, expiresAt }: ApiToken): string {
  if (revokedAt) return "revoked";
  return expiresAt && expiresAt.getTime() <= Date.now() ? "expired" : "in use";
}

function fieldsOf(row: ApiToken) {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    state: stateOf(row),
    created_at: row.createdAt,
    created_by: row.createdBy,
    expires_at: row.expiresAt,
    last_used_at: row.lastUsedAt,
    revoked_at: row.revokedAt,
  };
}

function timeOf(date: Date | null): string {
  return date?.toISOString().replace(/\.\d+Z$/, "Z") ?? "";
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
