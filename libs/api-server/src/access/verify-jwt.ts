import { Code, ConnectError } from "@connectrpc/connect";
import { ROLES, type Role } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";

/** Whose tokens are taken, and where they say the role. */
export interface OidcSettings {
  issuer: string;
  audience: string;
  /** A claim, or a path of claims with dots: a role, or a list of roles or groups. */
  roleClaim: string;
  /** Words of that claim that are no roles by name, and what they mean. */
  roles: ReadonlyMap<string, Role>;
}

export type VerifyJwt = (token: string) => Promise<{ name: string; role: Role }>;

/** Signatures by a key pair only: with a shared secret, whoever can check a token can make one. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** Clocks of two machines. */
const TOLERANCE_SECONDS = 30;
const PATIENCE_MS = 5_000;
/** A token with a key that is not known has the keys read again, at most so often: issuers rotate them, and strangers invent some. */
const KEY_COOLDOWN_MS = 5_000;
/** Keys that are withdrawn are no longer taken after so long. */
const KEYS_KEPT_MS = 300_000;
const FINDING_COOLDOWN_MS = 2_000;

/** Checks tokens of one issuer by its published keys (OpenID Connect Discovery 1.0). @throws UNAUTHENTICATED; UNAVAILABLE when the issuer does not answer */
export function makeVerifyJwt({ issuer, audience, roleClaim, roles }: OidcSettings, logger: Logger): VerifyJwt {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  return async (token) => {
    const payload = await verified(token);
    const role = roleOf(payload);
    if (!role)
      throw unauthenticated(
        `the token of ${payload.sub} has no role in ${roleClaim}; have the issuer write viewer, operator or admin there`,
      );
    return { name: `oidc:${payload.sub}`, role };
  };

  async function verified(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, await findKeys(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_SECONDS,
        requiredClaims: ["exp", "sub"],
      });
      return payload;
    } catch (error) {
      if (isRefusal(error)) throw unauthenticated(`the token is refused: ${error.message}`);
      logger.warn({ err: error }, `the keys of ${issuer} could not be read; the call is refused`);
      throw new ConnectError(`the keys of ${issuer} cannot be read at the moment; try again`, Code.Unavailable);
    }
  }

  /** Found once; after a failure again, with the next token. */
  async function findKeys(): Promise<JWTVerifyGetKey> {
    if (!keys && performance.now() - failedAt < FINDING_COOLDOWN_MS)
      throw new Error("the issuer did not answer a moment ago");
    keys ??= discover(issuer);
    try {
      return await keys;
    } catch (error) {
      keys = undefined;
      failedAt = performance.now();
      throw error;
    }
  }

  /** The highest of the roles that it has. */
  function roleOf(payload: JWTPayload): Role | undefined {
    const claim = roleClaim in payload ? payload[roleClaim] : along(payload, roleClaim.split("."));
    const words = (Array.isArray(claim) ? claim : [claim]).filter((word) => typeof word === "string");
    const found = words.map((word) => roles.get(word) ?? ROLES.find((role) => role === word));
    return ROLES.findLast((role) => found.includes(role));
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (found.issuer !== issuer)
    throw new Error(
      `${url} speaks for ${JSON.stringify(found.issuer)}; write HODEI_OIDC_ISSUER exactly so, or mend the issuer`,
    );
  if (typeof found.jwks_uri !== "string") throw new Error(`${url} names no jwks_uri`);
  return createRemoteJWKSet(new URL(found.jwks_uri), {
    timeoutDuration: PATIENCE_MS,
    cooldownDuration: KEY_COOLDOWN_MS,
    cacheMaxAge: KEYS_KEPT_MS,
  });
}

function along(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
}

/** Faults of the token, not of the way to the issuer. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== "ERR_JOSE_GENERIC"
  );
}

function unauthenticated(message: string): ConnectError {
  return new ConnectError(message, Code.Unauthenticated, { "www-authenticate": 'Bearer realm="hodei"' });
}
