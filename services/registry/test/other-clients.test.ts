import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Role, TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { GrpcReflection } from "grpc-js-reflection-client";
import { afterAll, beforeAll, expect, test } from "vitest";

const PROTO = fileURLToPath(new URL("../../../proto/", import.meta.url));
const run = promisify(execFile);

let cluster: TestCluster;
let baseUrl: string;
let token: string;
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry"] });
  baseUrl = cluster.service("registry").url;
  const tokens = createClient(TokenService, createGrpcTransport({ baseUrl }));
  token = (await tokens.createToken({ name: "other", role: Role.OPERATOR })).secret;
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("grpc-js with the .proto files submits a job, hears of it in a stream, and is told what it may not do", async () => {
  const loaded = loadPackageDefinition(loadSync("hodei/v1/job.proto", { includeDirs: [PROTO] }));
  const { JobService } = (loaded["hodei"] as GrpcObject)["v1"] as Record<string, ServiceClientConstructor>;
  if (!JobService) throw new Error("no JobService");
  const client = new JobService(new URL(baseUrl).host, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const call = (name: string, request: object, by = metadata) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      client[name]?.(request, by, (error: Error | null, answer: Record<string, unknown>) =>
        error ? reject(error) : resolve(answer),
      );
    });
  const answer = await call("SubmitJob", { spec: { jobId: "by-grpc-js", command: ["true"] } });
  expect(answer).toMatchObject({ job: { id: "by-grpc-js" } });
  const watch = client["Watch"]?.({ snapshot: true }, metadata) as AsyncIterable<{ jobs: { id: string }[] }> & {
    cancel(): void;
    on(event: string, listener: () => void): void;
  };
  watch.on("error", () => {
    // It is cancelled below.
  });
  for await (const { jobs } of watch) {
    expect(jobs.map(({ id }) => id)).toEqual(["by-grpc-js"]);
    break;
  }
  const wrong = new Metadata();
  wrong.set("authorization", "Bearer hodei_wrong");
  await expect(call("ListJobs", {}, wrong)).rejects.toMatchObject({
    code: 16,
    details: expect.stringContaining("not known here"),
  });
  client.close();
});

test("grpc-js that has no .proto file finds every call by reflection, and makes them", async () => {
  const host = new URL(baseUrl).host;
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const reflection = new GrpcReflection(host, credentials.createInsecure(), {}, "v1");
  const services = [JobService, ProviderService, TokenService];
  expect((await reflection.listServices("*", metadata)).sort()).toEqual(
    services.map(({ typeName }) => typeName).sort(),
  );
  const root = (await reflection.getDescriptorBySymbol("hodei.v1.JobService", metadata))
    .getProtobufJsRoot()
    .resolveAll();
  const service = root.lookupService("hodei.v1.JobService");
  expect(service.methodsArray.map(({ name }) => name)).toEqual(JobService.methods.map(({ name }) => name));
  const { resolvedRequestType: request, resolvedResponseType: response } = service.methods["GetJob"] ?? {};
  if (!request || !response) throw new Error("no GetJob");
  const client = new Client(host, credentials.createInsecure());
  const got = Promise.withResolvers<object>();
  client.makeUnaryRequest(
    "/hodei.v1.JobService/GetJob",
    (wanted: object) => Buffer.from(request.encode(wanted).finish()),
    (bytes) => response.toObject(response.decode(bytes), { enums: String }),
    request.fromObject({ jobId: "by-grpc-js" }),
    metadata,
    (error, answer) => (error ? got.reject(error) : got.resolve(answer ?? {})),
  );
  expect(await got.promise).toMatchObject({ job: { id: "by-grpc-js", state: "JOB_STATE_PENDING" } });
  client.close();
});

test("curl lists jobs by HTTP/JSON", async () => {
  const { stdout } = await run("curl", [
    "-sS",
    "--fail",
    "-H",
    "content-type: application/json",
    "-H",
    `authorization: Bearer ${token}`,
    "-d",
    "{}",
    `${baseUrl}/hodei.v1.JobService/ListJobs`,
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ id: "by-grpc-js" }] });
});

test("fifty submissions of one id or one key at once are one job, and each is told so", async () => {
  const submit = async (body: object) => {
    const response = await fetch(`${baseUrl}/hodei.v1.JobService/SubmitJob`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { existed?: boolean; job: { id: string } };
  };
  for (const body of [
    { spec: { jobId: "one-of-fifty", command: ["true"] } },
    { spec: { command: ["true"] }, idempotencyKey: "the same" },
  ]) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit(body)));
    expect(answers.filter(({ existed }) => !existed)).toHaveLength(1);
    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  }
  const rows = await cluster.database.query("SELECT target FROM audit_log WHERE action = 'job.submit'");
  expect(rows).toHaveLength(3);
});

test("what SQL changes, who watches by gRPC-Web hears", async () => {
  const leaving = new AbortController();
  const response = await fetch(`${baseUrl}/hodei.v1.ProviderService/WatchProviders`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+json", authorization: `Bearer ${token}` },
    body: new Uint8Array([0, 0, 0, 0, 2, 0x7b, 0x7d]),
    signal: leaving.signal,
  });
  expect(response.status).toBe(200);
  let heard = "";
  const reading = (async () => {
    for await (const chunk of response.body ?? []) heard += Buffer.from(chunk).toString("utf8");
  })().catch((error: unknown) => {
    // It is left below.
    if (!leaving.signal.aborted) throw error;
  });
  await waitFor("the first picture", () => heard.includes("synced"));
  await cluster.addProvider({ name: "by-sql", provider_type: "process" });
  await waitFor("the news", () => heard.includes("by-sql"));
  leaving.abort();
  await reading;
});
