import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Role, required_role, TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const SERVICES: readonly DescService[] = [JobService, ProviderService, TokenService];
const CALLS = SERVICES.flatMap(({ methods }) => methods);
const ROLES = [Role.VIEWER, Role.OPERATOR, Role.ADMIN] as const;

let cluster: TestCluster;
let baseUrl: string;
/** A token of each role, and those that are no good. */
const tokens = new Map<Role | "expired" | "revoked" | "invented", string>([["invented", `hodei_${"A".repeat(43)}`]]);

beforeAll(async () => {
  // It listens for other machines, so whoever calls needs a token, from this one too.
  cluster = await testCluster({ services: ["registry"], env: { HODEI_HTTP_HOST: "0.0.0.0" } });
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
afterAll(() => cluster[Symbol.asyncDispose]());

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

test("each call is for its role and those above it, and for nobody without a token that is good now", async () => {
  const found: string[] = [];
  const wanted: string[] = [];
  for (const method of CALLS) {
    const needs = getOption(method, required_role);
    expect(needs, `${method.name} says its role`).not.toBe(Role.UNSPECIFIED);
    for (const role of ROLES) {
      const judgement = await judgementOf(method, { authorization: `Bearer ${tokens.get(role)}` });
      found.push(`${method.name} as ${Role[role]}: ${judgement}`);
      wanted.push(`${method.name} as ${Role[role]}: ${role >= needs ? "let through" : "refused"}`);
    }
    for (const [word, headers] of Object.entries(strangers())) {
      found.push(`${method.name} with ${word}: ${await judgementOf(method, headers)}`);
      wanted.push(`${method.name} with ${word}: who is it?`);
    }
  }
  expect(found).toEqual(wanted);
});

function strangers(): Record<string, Record<string, string>> {
  return {
    "no token": {},
    "an expired token": { authorization: `Bearer ${tokens.get("expired")}` },
    "a revoked token": { authorization: `Bearer ${tokens.get("revoked")}` },
    "an invented token": { authorization: `Bearer ${tokens.get("invented")}` },
    "another scheme": { authorization: `Basic ${btoa("root:root")}` },
    "an empty bearer": { authorization: "Bearer " },
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
