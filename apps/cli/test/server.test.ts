import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hodei, hodeiWith, type TestCluster, testCluster } from "@hodei/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Each test types several commands, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

let cluster: TestCluster;
let server: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  // Off loopback, so that a token is needed.
  cluster = await testCluster({ env: { HODEI_HTTP_HOST: "0.0.0.0" } });
  server = cluster.service("registry").url;
  await cluster.addProvider({ name: "local", provider_type: "process" });
  for (const role of ["viewer", "operator", "admin"])
    tokens.set(role, (await hodei(cluster, "tokens", "create", role, "--role", role)).stdout.trim());
}, 300_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** Who knows the server and a token, and neither the database nor NATS. */
const as = (role: string, ...args: string[]) =>
  hodeiWith(
    { HODEI_HOME: join(cluster.home, "nowhere"), HODEI_API_URL: server, HODEI_TOKEN: tokens.get(role) ?? "" },
    ...args,
  );

test("by a server alone a job is run, listed, explained, read and retried", async () => {
  expect(await as("operator", "run", "--", "sh", "-c", "echo out; echo err >&2; exit 7")).toMatchObject({
    code: 7,
    stdout: "out\n",
    stderr: expect.stringContaining("err\n"),
  });
  const { jobs } = JSON.parse((await as("viewer", "jobs", "list", "--json")).stdout) as { jobs: { id: string }[] };
  const id = jobs[0]?.id ?? "";
  expect((await as("viewer", "jobs", "explain", id)).stdout).toContain("attempt 1: local by R3");
  expect(await as("viewer", "jobs", "logs", id, "--tail", "1", "--stream", "stdout")).toMatchObject({
    stdout: "out\n",
  });
  const again = (await as("operator", "jobs", "retry", id)).stdout.trim();
  expect(await as("viewer", "jobs", "logs", "-f", again)).toMatchObject({ code: 0, stdout: "out\n" });
});

test("who follows a job loses no line and sees none twice when the registry is killed and comes back", async () => {
  const gate = join(cluster.home, "gate");
  const script = 'echo one; while ! [ -e "$1" ]; do sleep 0.05; done; echo two';
  const following = as("operator", "run", "--", "sh", "-c", script, "sh", gate);
  const running = "SELECT id FROM jobs WHERE state = 'RUNNING' AND id LIKE 'run-%'";
  const [job] = await vi.waitFor(async () => {
    const rows = await cluster.database.query<{ id: string }>(running);
    expect(rows).toHaveLength(1);
    return rows;
  }, 60_000);
  const log = cluster.bus.readJobLogs(job?.id ?? "", { follow: true, signal: AbortSignal.timeout(60_000) });
  expect(await log.next()).toMatchObject({ value: { text: "one\n" } });
  await cluster.service("registry").kill("SIGKILL");
  writeFileSync(gate, "");
  await cluster.reaches(job?.id ?? "", "SUCCEEDED");
  await cluster.start("registry", { HODEI_REGISTRY_PORT: new URL(server).port });
  expect(await following).toMatchObject({
    code: 0,
    stdout: "one\ntwo\n",
    stderr: expect.stringContaining("its log goes on when the server is back"),
  });
});

test("a provider is registered from a file, planned, changed, checked and removed by a server alone", async () => {
  const file = join(cluster.home, "rack.json");
  const rack = {
    name: "rack 2",
    provider_type: "process",
    config: { type: "process" },
    required_labels: { rack: "2" },
  };
  writeFileSync(file, JSON.stringify(rack));
  const waits = (await as("operator", "run", "--detach", "--label", "rack=2", "--", "true")).stdout.trim();
  await cluster.reaches(waits, "PENDING");
  const planned = await as("viewer", "providers", "plan", "rack 2", "-f", file);
  expect(planned.stdout).toBe(`1 jobs wait: 1 would be placed, 0 could run nowhere any more\n  freed     ${waits}\n`);
  expect(await as("viewer", "providers", "plan", "rack 2", "--set", "max_workers=1")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no provider "rack 2"; there is local'),
  });
  expect(await as("admin", "providers", "add", "-f", file)).toMatchObject({ code: 0, stdout: "added rack 2\n" });
  await cluster.reaches(waits, "SUCCEEDED");
  const broken = 'config={"type":"process","max_procs":1}';
  expect((await as("viewer", "providers", "plan", "rack 2", "--set", broken)).code).toBe(0);
  expect(await as("operator", "providers", "check", "rack 2")).toMatchObject({
    stdout: expect.stringContaining("rack 2 is healthy"),
  });
  expect(await as("operator", "providers", "drain", "rack 2")).toMatchObject({ stdout: "rack 2 is drained\n" });
  expect(await as("admin", "providers", "remove", "rack 2")).toMatchObject({ stdout: "removed rack 2\n" });
});

test("a plan names the jobs that would have nobody left to wait for", async () => {
  await cluster.addProvider({
    name: "only",
    provider_type: "process",
    max_workers: 1,
    required_labels: { only: "one" },
  });
  const run = async (...command: string[]) =>
    (await as("operator", "run", "--detach", "--label", "only=one", "--", ...command)).stdout.trim();
  const holds = await run("sleep", "300");
  await cluster.reaches(holds, "RUNNING");
  const waits = await run("true");
  await cluster.reaches(waits, "PENDING");
  const plan = async (change: string) => (await as("viewer", "providers", "plan", "only", "--set", change)).stdout;
  expect(await plan("status=MAINTENANCE")).toBe(
    `1 jobs wait: 0 would be placed, 1 could run nowhere any more\n  stranded  ${waits}\n`,
  );
  expect(await plan("priority=5")).toBe("1 jobs wait: 0 would be placed, 0 could run nowhere any more\n");
  for (const jobId of [waits, holds]) await as("operator", "jobs", "cancel", jobId);
  await cluster.reaches(holds, "CANCELLED");
});

test("who may only look is refused a change, with the role that it needs and what to type", async () => {
  expect(await as("viewer", "providers", "disable", "local")).toMatchObject({
    code: 1,
    stdout: "",
    stderr:
      "hodei: DisableProvider needs the role operator; token:viewer is viewer; have an admin type: hodei tokens create NAME --role operator, and set HODEI_TOKEN to what it prints\n",
  });
  expect((await as("operator", "providers", "update", "local", "--set", "priority=5")).stderr).toContain(
    "UpdateProvider needs the role admin",
  );
});

test("a token is read from a file; without one, with a wrong one and at a wrong address it is said what to type", async () => {
  const bare = { HODEI_HOME: join(cluster.home, "nowhere"), HODEI_TOKEN: "" };
  const file = join(cluster.home, "token");
  writeFileSync(file, `${tokens.get("viewer")}\n`);
  const list = (...more: string[]) => hodeiWith(bare, "providers", "list", "--server", server, ...more);
  expect(await list("--token-file", file)).toMatchObject({ code: 0, stdout: expect.stringContaining("local") });
  expect(await list()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/a token is needed; make one with hodei tokens create, and set HODEI_TOKEN to it/),
  });
  expect(await list("--token-file", join(cluster.home, "none"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot be read"),
  });
  expect(await hodeiWith(bare, "jobs", "list", "--server", "http://127.0.0.1:1")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the API at http:\/\/127\.0\.0\.1:1 does not answer: check the address/),
  });
  expect(await hodeiWith(bare, "jobs", "list", "--server", "localhost:8080")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("write its address, for example https://"),
  });
});

test("what looks at the database itself says so where only a server is named", async () => {
  expect(await as("admin", "audit")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("needs the database and NATS themselves"),
  });
});

test("a job that is refused at the door by NATS is listed with every problem, and one by the API names them at once", async () => {
  await cluster.submit({ job_id: "bad-one", command: ["true"], resources: { memory: "4GB" } });
  const rejected = async () => (await as("viewer", "jobs", "list", "--state", "rejected")).stdout;
  await vi.waitFor(async () => expect(await rejected()).toContain("bad-one"), 60_000);
  expect(await rejected()).toContain('resources.memory: "4GB" is not a quantity; write 4G or 4Gi');
  expect(await as("operator", "run", "--cpu", "lots", "--memory", "4GB", "--", "true")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/was rejected:\n {2}resources\.cpu: .*\n {2}resources\.memory: "4GB" is not/),
  });
});
