import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An OpenID Connect issuer of this test's own: its keys by discovery, and tokens as good or bad as they are asked for. */
export interface OidcIssuer extends AsyncDisposable {
  readonly issuer: string;
  /** A token with these claims over good ones (for an hour, for `audience`). */
  token(claims: Record<string, unknown>): string;
  /** The same with another header, signed as a forger would. */
  forged(
    how: "alg none" | "HS256 with the public key" | "unknown kid" | "a key of his own",
    claims: Record<string, unknown>,
  ): string;
  /** A new key; the one before is no longer published. */
  rotate(): void;
}

interface Key {
  kid: string;
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export async function oidcIssuer(audience: string): Promise<OidcIssuer> {
  let key = newKey();
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: key.kid, use: "sig", alg: "RS256" };
    if (request.url === "/.well-known/openid-configuration")
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    else if (request.url === "/keys") response.end(JSON.stringify({ keys: [jwk] }));
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const good = () => ({
    iss: issuer,
    aud: audience,
    sub: "ana",
    iat: seconds(),
    exp: seconds() + 3600,
  });

  return {
    issuer,
    token: (claims) => rs256({ ...good(), ...claims }, key),
    forged(how, claims) {
      const body = { ...good(), ...claims };
      if (how === "unknown kid") return rs256(body, { ...key, kid: "nobody" });
      if (how === "a key of his own") return rs256(body, { ...newKey(), kid: key.kid });
      if (how === "alg none") return `${part({ alg: "none", typ: "JWT" })}.${part(body)}.`;
      const input = `${part({ alg: "HS256", typ: "JWT", kid: key.kid })}.${part(body)}`;
      const shared = key.publicKey.export({ format: "pem", type: "spki" });
      return `${input}.${createHmac("sha256", shared).update(input).digest("base64url")}`;
    },
    rotate() {
      key = newKey();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function newKey(): Key {
  return { kid: randomBytes(6).toString("hex"), ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

function rs256(claims: object, { kid, privateKey }: Key): string {
  const input = `${part({ alg: "RS256", typ: "JWT", kid })}.${part(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
