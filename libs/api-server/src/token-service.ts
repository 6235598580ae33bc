import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { CreateTokenRequest, TokenSchema, TokenService } from "@hodei/api/access";
import { type ApiToken, issueToken, listTokens, revokeToken } from "@hodei/store";
import { callerOf } from "./access/principal.ts";
import { roleNumber, roleWord } from "./access/required-roles.ts";
import type { ApiContext } from "./context.ts";
import { pageSizeOf, readToken, writeToken } from "./shared/pages.ts";
import { invalid, invalidField, notFound } from "./shared/refuse.ts";
import { timestamp } from "./shared/timestamps.ts";

const LONGEST_NAME = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `TokenService`: who may use the API. */
export function tokenService({ store }: ApiContext): ServiceImpl<typeof TokenService> {
  return {
    createToken: async (request, call) => {
      const [wanted, caller] = [readRequest(request), callerOf(call)];
      const issued = await store.transaction(caller, (tx) => issueToken(tx, { ...wanted, by: caller.name }));
      if (!issued)
        throw new ConnectError(
          `a token named ${JSON.stringify(wanted.name)} is in use; revoke it, or choose another name`,
          Code.AlreadyExists,
        );
      return { token: tokenMessage(issued.row), secret: issued.token };
    },
    listTokens: async (request) => {
      const size = pageSizeOf(request.pageSize);
      const rows = await listTokens(store.pool, size + 1, afterOf(request.pageToken));
      const shown = rows.slice(0, size);
      const last = shown.at(-1);
      return {
        tokens: shown.map(tokenMessage),
        nextPageToken: rows.length > size && last ? writeToken([last.createdText, last.id]) : "",
      };
    },
    revokeToken: async ({ tokenId }, call) => {
      const row = await store.transaction(callerOf(call), (tx) => revokeToken(tx, tokenId));
      if (!row)
        throw notFound(`no token in use is ${JSON.stringify(tokenId.slice(0, 200))}; ListTokens shows those there are`);
      return { token: tokenMessage(row) };
    },
  };
}

function readRequest({ name, role, expiresAt }: CreateTokenRequest) {
  const word = roleWord(role);
  const expires = expiresAt && timestampDate(expiresAt);
  const isTime = !expires || (expires.getTime() > Date.now() && expires.getUTCFullYear() <= 9999);
  const problems = [
    ...(/^[^\s\p{Cc}][^\p{Cc}]*$/u.test(name) && name.length <= LONGEST_NAME
      ? []
      : [{ path: "name", message: `is no name; write whose token it is, in at most ${LONGEST_NAME} characters` }]),
    ...(word ? [] : [{ path: "role", message: "is missing; write ROLE_VIEWER, ROLE_OPERATOR or ROLE_ADMIN" }]),
    ...(isTime ? [] : [{ path: "expires_at", message: "is not in the future; write a later time, or leave it out" }]),
  ];
  if (!word || problems.length > 0) throw invalid(problems);
  return { name, role: word, expiresAt: expires };
}

function afterOf(token: string): { createdAt: string; id: string } | undefined {
  const [createdAt, id] = readToken(token, 2) ?? [];
  if (createdAt === undefined || id === undefined) return undefined;
  if (!Number.isNaN(Date.parse(createdAt)) && UUID.test(id)) return { createdAt, id };
  throw invalidField("page_token", "is not a token of this list; use next_page_token of the page before, unchanged");
}

function tokenMessage(row: ApiToken): MessageInitShape<typeof TokenSchema> {
  return {
    id: row.id,
    name: row.name,
    role: roleNumber(row.role),
    createdBy: row.createdBy ?? "",
    ...timestamp("createdAt", row.createdAt),
    ...timestamp("expiresAt", row.expiresAt),
    ...timestamp("lastUsedAt", row.lastUsedAt),
    ...timestamp("revokedAt", row.revokedAt),
  };
}
