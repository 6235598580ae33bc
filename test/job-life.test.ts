import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SUBJECTS } from "@hodei/contracts";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster({ env: { HODEI_SECRET_TOKEN: "s3cr3t-value-of-the-token" } });
  await cluster.addProvider({
    name: "local",
    provider_type: "process",
    max_workers: 20,
    required_labels: { pool: "local" },
  });
  await cluster.addProvider({
    name: "one-slot",
    provider_type: "process",
    max_workers: 1,
    required_labels: { pool: "one" },
  });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const local = (job_id: string, script: string, more: object = {}) => ({
  job_id,
  command: ["sh", "-c", script],
  required_labels: { pool: "local" },
  ...more,
});
const untilGo = (gate: string) => `until [ -e ${join(cluster.home, gate)} ]; do sleep 0.02; done`;

async function logsOf(jobId: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const entry of cluster.bus.readJobLogs(jobId, { follow: false, signal: AbortSignal.timeout(10_000) })) {
    texts[entry.stream] = (texts[entry.stream] ?? "") + entry.text;
  }
  return texts;
}

async function cancel(jobId: string): Promise<void> {
  await cluster.bus.publish([
    { subject: SUBJECTS.jobCancel, messageId: `${jobId}.cancel`, body: { job_id: jobId, reason: "not needed" } },
  ]);
}

test("a job's output arrives on its subject, stdout and stderr apart, and its environment is its own", async () => {
  await cluster.submit(
    local(
      "out",
      'echo "$GREETING $HODEI_JOB_ID $HODEI_ATTEMPT $HODEI_PROVIDER"; echo oops >&2; env | grep -c NATS; printf "no newline"',
      { env: { GREETING: "hi" } },
    ),
  );
  await cluster.reaches("out", "SUCCEEDED");
  expect(await logsOf("out")).toEqual({ stdout: "hi out 1 local\n0\nno newline", stderr: "oops\n" });
});

test("shell text in arguments stays text", async () => {
  await cluster.submit({
    job_id: "hostile",
    command: ["echo", "$(id)", "`id`", "; rm -rf /", "'\"\\n"],
    required_labels: { pool: "local" },
  });
  await cluster.reaches("hostile", "SUCCEEDED");
  expect(await logsOf("hostile")).toEqual({ stdout: "$(id) `id` ; rm -rf / '\"\\n\n" });
});

test("a job that fails by itself is tried again as often as it asks, and then fails with its exit code", async () => {
  await cluster.submit(local("flaky", "exit 5", { retry: { max_attempts: 3, backoff_seconds: 0 } }));
  expect(await cluster.reaches("flaky", "FAILED")).toMatchObject({
    attempt: 3,
    exit_code: 5,
    failure_code: "EXIT_NONZERO",
  });
});

test("a program that does not exist is the job's own fault, and says so", async () => {
  await cluster.submit({ job_id: "no-program", command: ["no-such-program"], required_labels: { pool: "local" } });
  expect(await cluster.reaches("no-program", "FAILED")).toMatchObject({
    failure_code: "COMMAND_NOT_FOUND",
    failure_message: expect.stringContaining("no-such-program"),
  });
});

test("a run that is longer than its timeout is ended with its whole group", async () => {
  await cluster.submit(
    local("slow", `sleep 300 & echo $! > ${join(cluster.home, "slow.pid")}; wait`, { timeout_seconds: 1 }),
  );
  expect(await cluster.reaches("slow", "TIMED_OUT")).toMatchObject({ failure_code: "TIMEOUT_RUN" });
  const pid = Number(readFileSync(join(cluster.home, "slow.pid"), "utf8"));
  await waitFor("the sleeping child to be gone", () => !isRunning(pid));
});

test("a cancel ends a running job, and its worker", async () => {
  await cluster.submit(local("running", `echo $$ > ${join(cluster.home, "running.pid")}; ${untilGo("never")}`));
  await cluster.reaches("running", "RUNNING");
  const pid = await waitFor(
    "its pid",
    () => Number(readFileSync(join(cluster.home, "running.pid"), "utf8")) || undefined,
  );
  await cancel("running");
  expect(await cluster.reaches("running", "CANCELLED")).toMatchObject({ failure_code: "CANCELLED" });
  await waitFor("the worker to be gone", () => !isRunning(pid));
});

test("a cancel ends a job that waits, which then never starts", async () => {
  await cluster.submit({
    job_id: "holds",
    command: ["sh", "-c", untilGo("release")],
    required_labels: { pool: "one" },
  });
  await cluster.reaches("holds", "RUNNING");
  await cluster.submit({ job_id: "waits", command: ["true"], required_labels: { pool: "one" } });
  await cluster.reaches("waits", "PENDING");
  await cancel("waits");
  expect(await cluster.reaches("waits", "CANCELLED")).toMatchObject({ attempt: 0 });
  await cluster.submit(local("opens", `touch ${join(cluster.home, "release")}`));
  await cluster.reaches("holds", "SUCCEEDED");
});

test("a cancel that comes too late changes nothing and says so", async () => {
  await cluster.submit(local("done", "true"));
  await cluster.reaches("done", "SUCCEEDED");
  await cancel("done");
  await cluster
    .service("selector")
    .logged("that it came too late", (line) => line.msg === "Cancel of job done came too late: it is SUCCEEDED");
  expect(await cluster.reaches("done", "SUCCEEDED")).toMatchObject({ failure_code: null });
});

test("waiting jobs go by priority, then by time, when a slot is freed", async () => {
  const gate = (job_id: string, script: string, priority: number) => ({
    job_id,
    command: ["sh", "-c", `echo ${job_id} >> ${join(cluster.home, "order")}; ${script}`],
    required_labels: { pool: "one" },
    priority,
  });
  await cluster.submit(gate("first", untilGo("order-gate"), 0));
  await cluster.reaches("first", "RUNNING");
  await cluster.submit(
    gate("low", "true", -1),
    gate("old", "true", 0),
    gate("new", "true", 0),
    gate("high", "true", 5),
  );
  for (const jobId of ["low", "old", "new", "high"]) await cluster.reaches(jobId, "PENDING");
  await cluster.submit(local("opens-order", `touch ${join(cluster.home, "order-gate")}`));
  for (const jobId of ["low", "old", "new", "high"]) await cluster.reaches(jobId, "SUCCEEDED");
  expect(readFileSync(join(cluster.home, "order"), "utf8").trim().split("\n")).toEqual([
    "first",
    "high",
    "old",
    "new",
    "low",
  ]);
});

test("a provider that cannot start workers loses the job to the next one, and the story is kept", async () => {
  await cluster.addProvider({
    name: "broken",
    provider_type: "simulated",
    config: { type: "simulated", start_failure_rate: 1 },
    priority: 50,
    required_labels: { pool: "story" },
  });
  await cluster.addProvider({ name: "works", provider_type: "simulated", required_labels: { pool: "story" } });
  await cluster.submit({ job_id: "moves", command: ["true"], required_labels: { pool: "story" } });
  expect(await cluster.reaches("moves", "SUCCEEDED")).toMatchObject({ provider_name: "works", attempt: 2 });
  expect(
    await cluster.database.query(
      "SELECT provider_name, state, failure_code FROM workers WHERE job_id = 'moves' ORDER BY attempt",
    ),
  ).toEqual([
    { provider_name: "broken", state: "FAILED", failure_code: "IMAGE_PULL" },
    { provider_name: "works", state: "EXITED", failure_code: null },
  ]);
});

test("a secret reaches its job and nothing else: no row, no log, no message holds it", async () => {
  const secret = "s3cr3t-value-of-the-token";
  await cluster.submit(
    local("secretive", 'echo "token is $TOKEN"; test -n "$TOKEN"', { secrets: { TOKEN: "env:HODEI_SECRET_TOKEN" } }),
  );
  await cluster.reaches("secretive", "SUCCEEDED");
  expect(await logsOf("secretive")).toEqual({ stdout: "token is ***\n" });
  const tables = await cluster.database.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  for (const { name } of tables) {
    expect(
      await cluster.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`, [secret]),
    ).toEqual([]);
  }
  for (const service of ["registry", "selector", "health", "provisioner"] as const) {
    expect(JSON.stringify(cluster.service(service).lines)).not.toContain(secret);
  }
  expect(JSON.stringify(cluster.statuses)).not.toContain(secret);
});

test("a secret that cannot be had fails the job, and names the reference only", async () => {
  await cluster.submit(local("no-secret", "true", { secrets: { TOKEN: "env:HODEI_SECRET_NOT_SET" } }));
  expect(await cluster.reaches("no-secret", "FAILED")).toMatchObject({
    failure_code: "SECRET_UNAVAILABLE",
    failure_message: expect.stringContaining("env:HODEI_SECRET_NOT_SET"),
  });
});

test("counters that somebody changed by hand are set back to the ledger, and that is said", async () => {
  await cluster.database.query("UPDATE provider_configs SET active_workers = 7 WHERE name = 'works'");
  await cluster
    .service("selector")
    .logged("the repair", (line) => line.msg === "Counter of works was changed from outside; set back to the ledger");
  expect(await cluster.database.query("SELECT active_workers FROM provider_configs WHERE name = 'works'")).toEqual([
    { active_workers: 0 },
  ]);
});

test("the fixed log lines are as written", async () => {
  await cluster.submit(local("said", "true"), {
    job_id: "unsaid",
    command: ["true"],
    required_labels: { pool: "nowhere" },
  });
  await cluster.reaches("said", "SUCCEEDED");
  await cluster.service("registry").logged("the registration", (line) => line.msg === "Provider registered: local");
  await cluster.service("health").logged("the check", (line) => line.msg === "Health check passed for local");
  await cluster
    .service("selector")
    .logged("the selection", (line) => line.msg === "Selected provider local for job said");
  await cluster
    .service("selector")
    .logged("that nobody fits", (line) => line.msg === "No available providers for job unsaid");
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}
