import { type OidcIssuer, oidcIssuer, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let issuer: OidcIssuer;
let cluster: TestCluster;
beforeAll(async () => {
  issuer = await oidcIssuer("hodei");
  cluster = await testCluster({
    services: ["registry"],
    env: {
      HODEI_HTTP_HOST: "0.0.0.0",
      HODEI_OIDC_ISSUER: issuer.issuer,
      HODEI_OIDC_AUDIENCE: "hodei",
      HODEI_OIDC_ROLE_CLAIM: "realm.groups",
      HODEI_OIDC_ROLES: "platform=admin,developers=operator",
    },
  });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

async function call(name: string, body: object, token: string): Promise<{ status: number; message: string }> {
  const response = await fetch(`${cluster.service("registry").url}/hodei.v1.${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const { message = "" } = (await response.json()) as { message?: string };
  return { status: response.status, message };
}
const list = async (token: string) => (await call("JobService/ListJobs", {}, token)).status;

test("a token of the issuer has the highest role that its claim names, as a role or as a group", async () => {
  const groups = (...words: string[]) => issuer.token({ realm: { groups: words } });
  expect(await list(groups("viewer"))).toBe(200);
  expect((await call("TokenService/ListTokens", {}, groups("developers", "viewer"))).message).toBe(
    "ListTokens needs the role admin; oidc:ana is operator",
  );
  expect((await call("TokenService/ListTokens", {}, groups("others", "platform"))).status).toBe(200);
  expect(await call("JobService/ListJobs", {}, groups("others"))).toEqual({
    status: 401,
    message: "the token of ana has no role in realm.groups; have the issuer write viewer, operator or admin there",
  });
});

test("a token that is not for us, not of now, not of this issuer or not signed by its key is refused", async () => {
  const admin = { realm: { groups: ["admin"] } };
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  const bad = {
    "for another audience": issuer.token({ ...admin, aud: "somebody-else" }),
    expired: issuer.token({ ...admin, exp: hourAgo }),
    "not valid yet": issuer.token({ ...admin, nbf: hourAgo + 7200 }),
    "without an end": issuer.token({ ...admin, exp: undefined }),
    "of another issuer": issuer.token({ ...admin, iss: "https://evil.example" }),
    "alg none": issuer.forged("alg none", admin),
    "HS256 with the public key": issuer.forged("HS256 with the public key", admin),
    "with an unknown kid": issuer.forged("unknown kid", admin),
    "signed by a key of his own": issuer.forged("a key of his own", admin),
    "cut off": issuer.token(admin).slice(0, -8),
  };
  const found = Object.fromEntries(
    await Promise.all(Object.entries(bad).map(async ([what, token]) => [what, await list(token)] as const)),
  );
  expect(found).toEqual(Object.fromEntries(Object.keys(bad).map((what) => [what, 401])));
});

test("after the issuer has changed its key, new tokens are taken and old ones are not", async () => {
  const before = issuer.token({ realm: { groups: ["viewer"] } });
  expect(await list(before)).toBe(200);
  issuer.rotate();
  const after = issuer.token({ realm: { groups: ["viewer"] } });
  await waitFor("the new key", async () => (await list(after)) === 200);
  expect(await list(before)).toBe(401);
});
