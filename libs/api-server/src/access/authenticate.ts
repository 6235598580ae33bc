import { timingSafeEqual } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Role } from "@hodei/contracts";
import { readTokenByHash, type Store, sha256Of, TOKEN_PREFIX, touchToken } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { type CallFacts, isLoopbackCall } from "./is-loopback-call.ts";
import type { VerifyJwt } from "./verify-jwt.ts";

/** Who somebody is, wherever he is. */
interface Identity {
  name: string;
  role: Role;
}

/** Says who makes a call. @throws UNAUTHENTICATED for who cannot say, UNAVAILABLE when it cannot be found out */
export type Authenticate = (call: CallFacts) => Promise<Identity>;

/** Who needs no token: the user of this machine, who can also read its files. */
const LOOPBACK: Identity = { name: "loopback", role: "admin" };
/** Longer ones are not even hashed. */
const LONGEST_CREDENTIAL = 8_192;
const HOW = "make one with hodei tokens create, and send it as: authorization: Bearer hodei_…";

/** Bearer tokens of `api_tokens`; none on loopback (design §10). A token that is sent is always judged, on loopback too. */
export function makeAuthenticate({
  store,
  logger,
  boundHost,
  verifyJwt,
  certificates,
}: {
  store: Store;
  logger: Logger;
  /** Where the registry listens. */
  boundHost: string;
  /** Takes tokens of an issuer too. */
  verifyJwt?: VerifyJwt | undefined;
  /** Each caller must show a certificate; some of those are enough by themselves. */
  certificates?: { roles: ReadonlyMap<string, Role> } | undefined;
}): Authenticate {
  return async (call) => {
    if (certificates && call.commonName === undefined)
      throw unauthenticated("a client certificate is needed, of the authority in HODEI_TLS_CLIENT_CA; show one");
    const { authorization } = call.headers;
    if (authorization === undefined) {
      const role = certificates?.roles.get(call.commonName ?? "");
      if (role) return { name: `cert:${call.commonName}`, role };
      if (isLoopbackCall(call, boundHost)) return LOOPBACK;
      throw unauthenticated(`a token is needed; ${HOW}`);
    }
    const credential = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (!credential || credential.length > LONGEST_CREDENTIAL)
      throw unauthenticated(`the authorization header holds no bearer token; ${HOW}`);
    if (credential.startsWith(TOKEN_PREFIX)) return await byToken(credential);
    if (verifyJwt && /^[\w-]+\.[\w-]*\.[\w-]*$/.test(credential)) return await verifyJwt(credential);
    throw unauthenticated(`the bearer token is none of ours; ${HOW}`);
  };

  async function byToken(token: string): Promise<Identity> {
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
