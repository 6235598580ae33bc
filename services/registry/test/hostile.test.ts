import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type TestCluster, testCluster } from "@hodei/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostileRequest } from "./hostile-request.ts";

const SERVICES: readonly DescService[] = [JobService, ProviderService, TokenService];
const CALLS = SERVICES.flatMap(({ methods }) => methods);
/** Whose fault these are is ours; what a caller writes must never bring them about. */
const OUR_FAULT = ["internal", "unknown", "data_loss", "unimplemented", "unavailable"];

let cluster: TestCluster;
let baseUrl: string;
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry"] });
  baseUrl = cluster.service("registry").url;
  await cluster.addProvider({ name: "known", provider_type: "process" });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Makes a call, for at most a moment where it is a stream. @returns the code it was refused with */
async function codeOf({ parent, name, methodKind }: DescMethod, json: string): Promise<string> {
  const isStream = methodKind !== "unary";
  const body = Buffer.from(json);
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(body.length, 1);
  const response = await fetch(`${baseUrl}/${parent.typeName}/${name}`, {
    method: "POST",
    headers: isStream
      ? { "content-type": "application/connect+json", "connect-timeout-ms": "150" }
      : { "content-type": "application/json" },
    body: isStream ? Buffer.concat([envelope, body]) : body,
  });
  const answer = await response.text();
  if (isStream) return /"error":\{"code":"(\w+)"/.exec(answer)?.[1] ?? "ok";
  return response.ok ? "ok" : ((JSON.parse(answer) as { code: string }).code ?? `HTTP ${response.status}`);
}

test.each(CALLS.map((method) => [`${method.parent.name}.${method.name}`, method] as const))(
  "%s answers whatever is written into it with a result, or says what is wrong with it",
  async (_, method) => {
    await fc.assert(
      fc.asyncProperty(hostileRequest(method.input), async (request) => {
        const code = await codeOf(method, JSON.stringify(request));
        if (OUR_FAULT.includes(code) || code.startsWith("HTTP")) throw new Error(`answered ${code}`);
      }),
      { numRuns: 40, seed: 20260101, endOnFailure: true },
    );
  },
);

test("bytes that are no request, and requests that are too large, are refused, and the registry goes on", async () => {
  const url = `${baseUrl}/hodei.v1.JobService/SubmitJob`;
  const post = (body: string | Buffer<ArrayBuffer>, contentType: string) =>
    fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
  expect((await post("{", "application/json")).status).toBe(400);
  expect((await post(Buffer.from([0xff, 0xfe, 0x00, 0x80]), "application/json")).status).toBe(400);
  expect((await post(Buffer.alloc(5 * 2 ** 20, 0x20), "application/json")).status).toBe(429);
  expect((await post("{}", "text/html")).status).toBe(415);
  expect((await fetch(`${baseUrl}/hodei.v1.JobService/NoSuchCall`, { method: "POST" })).status).toBe(404);
  expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200);
});

test.each([100, 1_000, 4_000, 20_000])("JSON in JSON, %d deep, is stored or refused", async (depth) => {
  const deep = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const { submitJob, explain } = JobService.method;
  const { registerProvider } = ProviderService.method;
  const requests: [DescMethod, string][] = [
    [submitJob, `{"spec": {"command": ["true"], "payload": ${deep}}}`],
    [explain, `{"spec": {"command": ["true"], "payload": ${deep}}}`],
    [submitJob, deep],
    [registerProvider, `{"config": {"name": "deep-${depth}", "providerType": "process", "config": ${deep}}}`],
  ];
  for (const [method, json] of requests) {
    const code = await codeOf(method, json);
    expect([method.name, OUR_FAULT.includes(code) ? code : "fine"]).toEqual([method.name, "fine"]);
  }
  expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200);
});

test("nothing of it was executed", async () => {
  const [row] = await cluster.database.query("SELECT to_regclass('jobs') IS NOT NULL AS there");
  expect(row).toEqual({ there: true });
  await expect(import("node:fs/promises").then(({ access }) => access("/tmp/hodei-was-here"))).rejects.toThrow(
    "ENOENT",
  );
});
