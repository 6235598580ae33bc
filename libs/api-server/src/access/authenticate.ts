import { timingSafeEqual } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { readTokenByHash, type Store, sha256Of, TOKEN_PREFIX, touchToken } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { type CallFacts, isLoopbackCall } from "./is-loopback-call.ts";
import type { Principal } from "./principal.ts";

/** Says who makes a call. @throws UNAUTHENTICATED for who cannot say, UNAVAILABLE when it cannot be found out */
export type Authenticate = (call: CallFacts) => Promise<Principal>;

/** Who needs no token: the user of this machine, who can also read its files. */
const LOOPBACK: Principal = { name: "loopback", role: "admin" };
/** Longer ones are not even hashed. */
const LONGEST_CREDENTIAL = 8_192;
const HOW = "make one with hodei tokens create, and send it as: authorization: Bearer hodei_…";

/** Bearer tokens of `api_tokens`; none on loopback (design §10). A token that is sent is always judged, on loopback too. */
export function makeAuthenticate({
  store,
  logger,
  boundHost,
}: {
  store: Store;
  logger: Logger;
  /** Where the registry listens. */
  boundHost: string;
}): Authenticate {
  return async (call) => {
    const { authorization } = call.headers;
    if (authorization === undefined) {
      if (isLoopbackCall(call, boundHost)) return LOOPBACK;
      throw unauthenticated(`a token is needed; ${HOW}`);
    }
    const credential = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (!credential || credential.length > LONGEST_CREDENTIAL)
      throw unauthenticated(`the authorization header holds no bearer token; ${HOW}`);
    if (credential.startsWith(TOKEN_PREFIX)) return await byToken(credential);
    throw unauthenticated(`the bearer token is none of ours; ${HOW}`);
  };

  async function byToken(token: string): Promise<Principal> {
    const sha256 = sha256Of(token);
    const found = await asking(() => readTokenByHash(store.pool, sha256));
    // Looked up by its hash, so timing tells nothing of the token; the comparison is there all the same.
    if (!found || !timingSafeEqual(Buffer.from(found.tokenSha256), Buffer.from(sha256)))
      throw unauthenticated(`the token is not known here; ${HOW}`);
    if (found.revokedAt) throw unauthenticated(`the token "${found.name}" was revoked; ${HOW}`);
    if (found.isExpired) throw unauthenticated(`the token "${found.name}" has expired; ${HOW}`);
    noteUse(found.id, found.lastUsedAt);
    return { name: `token:${found.name}`, role: found.role };
  }

  async function asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      logger.warn({ err: error }, "a token could not be looked up; the call is refused");
      throw new ConnectError("tokens cannot be looked up at the moment; try again", Code.Unavailable);
    }
  }

  /** Beside the call: it neither waits for it nor fails with it. */
  function noteUse(id: string, lastUsedAt: Date | null): void {
    if (lastUsedAt && Date.now() - lastUsedAt.getTime() < 60_000) return;
    touchToken(store.pool, id).catch((error: unknown) =>
      logger.warn({ err: error }, "the last use of a token could not be noted"),
    );
  }
}

function unauthenticated(message: string): ConnectError {
  return new ConnectError(message, Code.Unauthenticated, { "www-authenticate": 'Bearer realm="hodei"' });
}
