import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Role, type Token } from "@hodei/api/access";
import { ROLES } from "@hodei/contracts/roles";
import { type Api, openApi } from "../api/open-api.ts";
import { readPages } from "../api/read-pages.ts";
import { UsageError, UserError } from "../errors.ts";
import { timeOf } from "../jobs/job-fields.ts";
import { printJson, printLine, printTable, say } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";

interface CreateOptions extends ServerOptions {
  role: string;
  expires?: string;
  json?: boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3650 * 86_400_000;

/** `hodei tokens create`: without a server straight to the database, so that the first one can be made. */
export async function createToken(name: string, { role, expires, json, ...server }: CreateOptions): Promise<void> {
  const request = { name, role: roleOf(role), ...(expires !== undefined && { expiresAt: expiryOf(expires) }) };
  await using api = await openApi(server);
  const { token, secret } = await issue(api, request);
  if (json) return printJson({ ...(token && fieldsOf(token)), token: secret });
  // The token alone on stdout: HODEI_TOKEN=$(hodei tokens create …).
  printLine(secret);
  say("it is shown this once; use it as HODEI_TOKEN, or: authorization: Bearer …");
}

async function issue({ tokens }: Api, request: { name: string; role: Role; expiresAt?: Timestamp }) {
  try {
    return await tokens.createToken(request);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== Code.AlreadyExists) throw error;
    const { name } = request;
    throw new UserError(
      `a token named "${name}" is in use; end it with: hodei tokens revoke ${quoted(name)}, or choose another name`,
      { cause: error },
    );
  }
}

async function readTokens({ tokens }: Api): Promise<Token[]> {
  return await readPages(async (page) => {
    const { tokens: items, nextPageToken } = await tokens.listTokens(page);
    return { items, nextPageToken };
  });
}

/** `hodei tokens list` */
export async function showTokens({ json, ...server }: ServerOptions & { json?: boolean }): Promise<void> {
  await using api = await openApi(server);
  const tokens = await readTokens(api);
  if (json) return printJson({ tokens: tokens.map(fieldsOf) });
  printTable(
    ["NAME", "ROLE", "STATE", "CREATED", "EXPIRES", "LAST USED", "ID"],
    tokens.map((token) => [
      token.name,
      Role[token.role].toLowerCase(),
      stateOf(token),
      ...[token.createdAt, token.expiresAt, token.lastUsedAt].map(toTheSecond),
      token.id,
    ]),
  );
}

/** `hodei tokens revoke` */
export async function endToken(
  idOrName: string,
  { json, ...server }: ServerOptions & { json?: boolean },
): Promise<void> {
  await using api = await openApi(server);
  const { token } = await api.tokens.revokeToken({ tokenId: idOrName });
  if (!token) return;
  if (json) printJson(fieldsOf(token));
  else printLine(`revoked ${token.name}`);
}

function roleOf(word: string): Role {
  const found = ROLES.find((each) => each === word);
  if (!found) throw new UsageError(`"${word}" is no role; write one of ${ROLES.join(", ")}`);
  return Role[found.toUpperCase() as keyof typeof Role];
}

function expiryOf(text: string): Timestamp {
  const [, count, unit] = /^([1-9]\d{0,5})([hd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (!(ms <= LONGEST_MS))
    throw new UsageError(`"${text}" is no duration; write for example 12h or 90d, at most 3650d`);
  return timestampFromMs(Date.now() + ms);
}

function stateOf({ revokedAt, expiresAt }: Token): string {
  if (revokedAt) return "revoked";
  return expiresAt && timestampDate(expiresAt).getTime() <= Date.now() ? "expired" : "in use";
}

function fieldsOf(token: Token) {
  return {
    id: token.id,
    name: token.name,
    role: Role[token.role].toLowerCase(),
    state: stateOf(token),
    created_at: timeOf(token.createdAt),
    created_by: token.createdBy || null,
    expires_at: timeOf(token.expiresAt),
    last_used_at: timeOf(token.lastUsedAt),
    revoked_at: timeOf(token.revokedAt),
  };
}

function toTheSecond(time: Timestamp | undefined): string {
  return timeOf(time)?.replace(/\.\d+Z$/, "Z") ?? "";
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
