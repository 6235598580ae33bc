import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Role, required_role, TokenService } from "@hodei/api/access";
import { Health } from "@hodei/api/grpc-health";
import { ServerReflection } from "@hodei/api/grpc-reflection";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type OidcIssuer, oidcIssuer, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const SERVICES: readonly DescService[] = [JobService, ProviderService, TokenService, Health, ServerReflection];
const CALLS = SERVICES.flatMap(({ methods }) => methods);
const ROLES = [Role.VIEWER, Role.OPERATOR, Role.ADMIN] as const;

const stack = new AsyncDisposableStack();
let cluster: TestCluster;
let issuer: OidcIssuer;
let baseUrl: string;
/** A token of each role, and those that are no good. */
const tokens = new Map<Role | "expired" | "revoked" | "invented", string>([["invented", `hodei_${"A".repeat(43)}`]]);

beforeAll(async () => {
  // It listens for other machines, so whoever calls needs a token, from this one too.
  issuer = stack.use(await oidcIssuer("hodei"));
  const env = { HODEI_HTTP_HOST: "0.0.0.0", HODEI_OIDC_ISSUER: issuer.issuer, HODEI_OIDC_AUDIENCE: "hodei" };
  cluster = stack.use(await testCluster({ services: ["registry"], env }));
  baseUrl = cluster.service("registry").url;
  const admin = await insertToken("root", "admin");
  tokens.set(Role.ADMIN, admin);
  const api = createClient(TokenService, createGrpcTransport({ baseUrl }));
  const as = { headers: { authorization: `Bearer ${admin}` } };
  for (const role of [Role.VIEWER, Role.OPERATOR]) {
    const { secret } = await api.createToken({ name: `its-${role}`, role }, as);
    tokens.set(role, secret);
  }
  const revoked = await api.createToken({ name: "revoked", role: Role.ADMIN }, as);
  await api.revokeToken({ tokenId: revoked.token?.id ?? "" }, as);
  tokens.set("revoked", revoked.secret);
  tokens.set("expired", await insertToken("expired", "admin", "now() - interval '1 second'"));
});
afterAll(() => stack.disposeAsync());

/** A token as `hodei tokens create` makes it. */
async function insertToken(name: string, role: string, expires = "NULL"): Promise<string> {
  const token = `hodei_test-${name}`;
  await cluster.database.query(
    `INSERT INTO api_tokens (name, role, token_sha256, expires_at) VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'), ${expires})`,
    [name, role, token],
  );
  return token;
}

/** Makes a call with an empty request, and leaves as soon as it is judged. */
async function judgementOf({ parent, name }: DescMethod, headers: Record<string, string>): Promise<string> {
  const leaving = new AbortController();
  const response = await fetch(`${baseUrl}/${parent.typeName}/${name}`, {
    method: "POST",
    // A stream that has nothing to say yet says so at its deadline.
    headers: { "content-type": "application/grpc-web+json", "grpc-timeout": "200m", ...headers },
    body: new Uint8Array([0, 0, 0, 0, 2, 0x7b, 0x7d]),
    signal: leaving.signal,
  });
  const status = response.headers.get("grpc-status");
  leaving.abort();
  if (status === "16") return "who is it?";
  return status === "7" ? "refused" : "let through";
}

/** What its .proto file says; the files of others say nothing: health is for everybody, reflection for readers. */
function neededFor(method: DescMethod): Role | undefined {
  if (method.parent.typeName === Health.typeName) return undefined;
  return method.parent.typeName === ServerReflection.typeName ? Role.VIEWER : getOption(method, required_role);
}

test("each call is for its role and those above it, and for nobody without a token that is good now", async () => {
  const found: string[] = [];
  const wanted: string[] = [];
  for (const method of CALLS) {
    const needs = neededFor(method);
    expect(needs, `${method.name} says its role`).not.toBe(Role.UNSPECIFIED);
    const look = async (who: string, authorization: string | undefined, otherwise: string) => {
      const judgement = await judgementOf(method, authorization === undefined ? {} : { authorization });
      found.push(`${method.name} as ${who}: ${judgement}`);
      wanted.push(`${method.name} as ${who}: ${needs === undefined ? "let through" : otherwise}`);
    };
    for (const role of ROLES) {
      const may = needs === undefined || role >= needs ? "let through" : "refused";
      await look(Role[role], `Bearer ${tokens.get(role)}`, may);
      await look(`${Role[role]} of the issuer`, `Bearer ${jwt({ hodei_role: Role[role]?.toLowerCase() })}`, may);
    }
    for (const [who, authorization] of Object.entries(strangers())) await look(who, authorization, "who is it?");
  }
  expect(found).toEqual(wanted);
});

function jwt(claims: Record<string, unknown>): string {
  return issuer.token({ hodei_role: "admin", ...claims });
}

function strangers(): Record<string, string | undefined> {
  const hourAgo = Math.floor(Date.now() / 1000) - 3_600;
  const bearers = {
    "somebody whose token has expired": tokens.get("expired"),
    "somebody whose token was revoked": tokens.get("revoked"),
    "somebody whose token is invented": tokens.get("invented"),
    "somebody of the issuer, for another audience": jwt({ aud: "somebody-else" }),
    "somebody of the issuer, an hour ago": jwt({ exp: hourAgo }),
    "somebody of the issuer, an hour too early": jwt({ nbf: hourAgo + 7_200 }),
    "somebody of the issuer, without a role": jwt({ hodei_role: "guest" }),
    "somebody of another issuer": jwt({ iss: "https://evil.example" }),
    "somebody with a key of his own": issuer.forged("a key of his own", { hodei_role: "admin" }),
  };
  return {
    "somebody without a token": undefined,
    "somebody with another scheme": `Basic ${btoa("root:root")}`,
    "somebody with an empty bearer": "Bearer ",
    ...Object.fromEntries(Object.entries(bearers).map(([who, token]) => [who, `Bearer ${token}`])),
  };
}

test("the refusal is told in the protocol of the call, with what to do", async () => {
  const http = await fetch(`${baseUrl}/hodei.v1.JobService/ListJobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(http.status).toBe(401);
  expect(http.headers.get("www-authenticate")).toContain("Bearer");
  expect(await http.json()).toMatchObject({
    code: "unauthenticated",
    message: expect.stringContaining("hodei tokens create"),
  });
  const grpc = createClient(JobService, createGrpcTransport({ baseUrl }));
  await expect(grpc.listJobs({})).rejects.toThrow(
    "[unauthenticated] a token is needed; make one with hodei tokens create",
  );
  const viewer = { headers: { authorization: `Bearer ${tokens.get(Role.VIEWER)}` } };
  await expect(grpc.submitJob({ spec: { command: ["true"] } }, viewer)).rejects.toThrow(
    "[permission_denied] SubmitJob needs the role operator; token:its-1 is viewer",
  );
  const stream = grpc.watch({}, {})[Symbol.asyncIterator]();
  await expect(stream.next()).rejects.toThrow("[unauthenticated] a token is needed");
});

test("a token is shown once, only its hash is kept, and its last use is known", async () => {
  const token = tokens.get(Role.VIEWER) ?? "";
  const api = createClient(TokenService, createGrpcTransport({ baseUrl }));
  const { tokens: listed } = await api.listTokens(
    {},
    { headers: { authorization: `Bearer ${tokens.get(Role.ADMIN)}` } },
  );
  expect(
    JSON.stringify(listed, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ).not.toContain(token);
  const rows = await cluster.database.query("SELECT * FROM api_tokens");
  expect(JSON.stringify(rows)).not.toContain(token);
  await waitFor("the last use", async () => {
    const [row] = await cluster.database.query(
      "SELECT 1 FROM api_tokens WHERE name = 'its-1' AND last_used_at IS NOT NULL",
    );
    return row !== undefined;
  });
});

test("health and metrics are open, the overview of providers is for readers", async () => {
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect((await fetch(baseUrl + path)).status).toBe(200);
  expect((await fetch(`${baseUrl}/health/providers`)).status).toBe(401);
  const authorization = `Bearer ${tokens.get(Role.VIEWER)}`;
  expect((await fetch(`${baseUrl}/health/providers`, { headers: { authorization } })).status).toBe(200);
});

test("on loopback no token is needed, but by who is there himself: no proxy and no page of another origin", async () => {
  await using registry = await cluster.start("registry", { HODEI_HTTP_HOST: "127.0.0.1" });
  const statusWith = async (headers: Record<string, string>) =>
    (
      await fetch(`${registry.url}/hodei.v1.JobService/ListJobs`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: "{}",
      })
    ).status;
  expect(await statusWith({})).toBe(200);
  expect(await statusWith({ "x-forwarded-for": "203.0.113.7" })).toBe(401);
  expect(await statusWith({ forwarded: "for=203.0.113.7" })).toBe(401);
  expect(await statusWith({ origin: "https://evil.example" })).toBe(401);
  expect(await statusWith({ authorization: "Bearer hodei_wrong" })).toBe(401);
});
