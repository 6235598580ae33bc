import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { JobService, JobState } from "@hodei/api/job";
import { ProviderService, ProviderStatus } from "@hodei/api/provider";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let cluster: TestCluster;
let baseUrl: string;
beforeAll(async () => {
  cluster = await testCluster();
  baseUrl = cluster.service("registry").url;
});
afterAll(() => cluster[Symbol.asyncDispose]());

const grpc = () => createGrpcTransport({ baseUrl });

test("a provider that is registered by gRPC takes a job that is submitted by HTTP/JSON, and its log can be followed", async () => {
  const providers = createClient(ProviderService, grpc());
  const { provider } = await providers.registerProvider({
    config: { name: "local", providerType: "process", config: { type: "process" } },
  });
  expect(provider).toMatchObject({ validated: true, configErrors: [], config: { status: ProviderStatus.ACTIVE } });
  const response = await fetch(`${baseUrl}/hodei.v1.JobService/SubmitJob`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: { job_id: "by-http", command: ["sh", "-c", "echo one; echo two >&2"] } }),
  });
  expect(response.status).toBe(200);
  const jobs = createClient(JobService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
  const lines: string[] = [];
  for await (const { text } of jobs.logs({ jobId: "by-http", follow: true })) lines.push(text);
  expect(lines.sort()).toEqual(["one\n", "two\n"]);
  await waitFor("the end", async () => (await jobs.getJob({ jobId: "by-http" })).job?.state === JobState.SUCCEEDED);
});

test("every problem of a job is a field violation by its path", async () => {
  const response = await fetch(`${baseUrl}/hodei.v1.JobService/SubmitJob`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: { job_id: "Bad", command: [], resources: { memory: "4GB" } } }),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining('spec.resources.memory: "4GB" is not a quantity; write 4G or 4Gi'),
    details: [{ type: "google.rpc.BadRequest" }],
  });
});
