import { join } from "node:path";
import { SUBJECTS } from "@hodei/contracts";
import { hodei, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const attemptsOf = (cluster: TestCluster, jobId: string) =>
  cluster.database.query("SELECT provider_name, state, failure_code FROM workers WHERE job_id = $1 ORDER BY attempt", [
    jobId,
  ]);

test("two providers fail in different ways, the job succeeds on the third, and explain tells the whole story", async () => {
  await using cluster = await testCluster();
  const pool = { required_labels: { pool: "story" } };
  await cluster.addProvider({
    ...pool,
    name: "unreachable",
    provider_type: "docker",
    config: { type: "docker", socket_path: join(cluster.home, "no-engine.sock"), default_image: "any:1" },
    priority: 30,
  });
  await cluster.addProvider({
    ...pool,
    name: "full",
    provider_type: "simulated",
    config: { type: "simulated", start_failure_rate: 1, start_failure_code: "QUOTA_EXCEEDED" },
    priority: 20,
  });
  await cluster.addProvider({ ...pool, name: "works", provider_type: "process", priority: 10 });
  await cluster.submit({ job_id: "traveller", command: ["echo", "arrived"], required_labels: { pool: "story" } });
  expect(await cluster.reaches("traveller", "SUCCEEDED")).toMatchObject({ attempt: 3, provider_name: "works" });
  expect(await attemptsOf(cluster, "traveller")).toEqual([
    { provider_name: "unreachable", state: "FAILED", failure_code: "UNREACHABLE" },
    { provider_name: "full", state: "FAILED", failure_code: "QUOTA_EXCEEDED" },
    { provider_name: "works", state: "EXITED", failure_code: null },
  ]);
  const { stdout } = await hodei(cluster, "jobs", "explain", "traveller");
  for (const part of [
    "attempt 1: unreachable by R3, priority 30",
    "cause: unreachable does not answer",
    "attempt 2: full by R3, priority 20",
    "fix:   request more quota, or lower max_workers of full",
    "attempt 3: works by R3, priority 10",
    "refused    full: E9 attempts",
    "infrastructure failures: 2 of 3",
  ])
    expect(stdout).toContain(part);
});

test("a job whose infrastructure fails three times has failed, with the last reason", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({
    name: "never",
    provider_type: "simulated",
    config: { type: "simulated", start_failure_rate: 1, start_failure_code: "INSUFFICIENT_RESOURCES" },
  });
  await cluster.submit({ job_id: "hopeless", command: ["true"] });
  expect(await cluster.reaches("hopeless", "FAILED")).toMatchObject({
    attempt: 3,
    failure_code: "INSUFFICIENT_RESOURCES",
  });
  expect(await attemptsOf(cluster, "hopeless")).toHaveLength(3);
});

test("starts at a provider that turns unhealthy are given up and their jobs move on; what runs there goes on", async () => {
  await using cluster = await testCluster();
  const pool = { required_labels: { pool: "sick" } };
  const config = { type: "simulated", start_latency_ms: 3_600_000, health_check_config: { interval_seconds: 1 } };
  await cluster.addProvider({ ...pool, name: "sick", provider_type: "simulated", config, priority: 10 });
  await cluster.submit({ job_id: "starting", command: ["true"], required_labels: { pool: "sick" } });
  await waitFor(
    "its start to be under way",
    async () =>
      (await cluster.database.query("SELECT 1 FROM workers WHERE job_id = 'starting' AND state = 'STARTING'")).length >
      0,
  );
  await cluster.addProvider({ ...pool, name: "spare", provider_type: "process" });
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health": "unhealthy"}' WHERE name = 'sick'`,
  );
  expect(await cluster.reaches("starting", "SUCCEEDED")).toMatchObject({ attempt: 2, provider_name: "spare" });
  const [first] = await cluster.database.query<{ failure_message: string }>(
    "SELECT state, failure_code, failure_message FROM workers WHERE job_id = 'starting' AND attempt = 1",
  );
  expect(first).toEqual({
    state: "TERMINATED",
    failure_code: "PROVIDER_UNHEALTHY",
    failure_message: "sick turned unhealthy before the worker had started",
  });
});

test("starts that no provisioner holds leave an unhealthy provider as well", async () => {
  await using cluster = await testCluster({ services: ["registry", "selector", "health"] });
  const config = { type: "simulated", health_check_config: { interval_seconds: 1 } };
  await cluster.addProvider({ name: "sick", provider_type: "simulated", config, priority: 10 });
  await cluster.submit({ job_id: "reserved", command: ["true"] });
  await cluster.reaches("reserved", "PROVISIONING");
  await cluster.addProvider({ name: "spare", provider_type: "process" });
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health": "unhealthy"}' WHERE name = 'sick'`,
  );
  await waitFor(
    "the second attempt to be reserved elsewhere",
    async () =>
      (
        await cluster.database.query(
          "SELECT 1 FROM workers WHERE job_id = 'reserved' AND attempt = 2 AND provider_name = 'spare'",
        )
      ).length > 0,
  );
  await cluster.start("provisioner");
  expect(await cluster.reaches("reserved", "SUCCEEDED")).toMatchObject({ attempt: 2, provider_name: "spare" });
});

test("a cancel ends a job in whatever state it is: waiting, queued for its start, starting, running", async () => {
  await using cluster = await testCluster();
  const slow = { type: "simulated", start_latency_ms: 3_600_000, start_concurrency: 1 };
  await cluster.addProvider({
    name: "slow",
    provider_type: "simulated",
    config: slow,
    max_workers: 2,
    required_labels: { at: "slow" },
  });
  await cluster.addProvider({ name: "local", provider_type: "process", required_labels: { at: "local" } });
  const job = (job_id: string, at: string) => ({ job_id, command: ["sleep", "3600"], required_labels: { at } });
  await cluster.submit(job("starting", "slow"));
  await cluster.reaches("starting", "PROVISIONING");
  await cluster.submit(job("queued", "slow"), job("running", "local"));
  await cluster.reaches("queued", "PROVISIONING");
  await cluster.reaches("running", "RUNNING");
  await cluster.submit(job("waiting", "slow"));
  await cluster.reaches("waiting", "PENDING");
  const ids = ["waiting", "queued", "starting", "running"];
  await cluster.bus.publish(
    ids.map((job_id) => ({ subject: SUBJECTS.jobCancel, messageId: `${job_id}.cancel`, body: { job_id } })),
  );
  for (const jobId of ids)
    expect(await cluster.reaches(jobId, "CANCELLED")).toMatchObject({ failure_code: "CANCELLED" });
  await waitFor(
    "every slot to be free",
    async () => (await cluster.database.query("SELECT 1 FROM provider_configs WHERE active_workers <> 0")).length === 0,
  );
});

test("cancels that race with the end of their jobs have one winner each, and the rows and the messages agree on it", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "local", provider_type: "process", max_workers: 20 });
  const ids = Array.from({ length: 60 }, (_, i) => `race-${i}`);
  await cluster.submit(...ids.map((job_id) => ({ job_id, command: ["true"] })));
  await cluster.bus.publish(
    ids.map((job_id) => ({ subject: SUBJECTS.jobCancel, messageId: `${job_id}.cancel`, body: { job_id } })),
  );
  await cluster.allFinished(ids.length);
  const rows = await cluster.database.query<{ id: string; state: string }>("SELECT id, state FROM jobs ORDER BY id");
  await waitFor("every end to be announced", () => {
    const told = cluster.statuses.filter(({ state }) =>
      ["SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT"].includes(state),
    );
    return new Set(told.map(({ job_id }) => job_id)).size === ids.length;
  });
  for (const { id, state } of rows) {
    const told = cluster.statuses.filter(
      (status) => status.job_id === id && ["SUCCEEDED", "FAILED", "CANCELLED"].includes(status.state),
    );
    expect([...new Set(told.map((status) => status.state))]).toEqual([state]);
  }
  expect(rows.filter(({ state }) => state !== "SUCCEEDED" && state !== "CANCELLED")).toEqual([]);
  expect(
    await cluster.database.query("SELECT job_id FROM workers WHERE state IN ('REQUESTED', 'STARTING', 'RUNNING')"),
  ).toEqual([]);
});

test("a cancel that finds its start in the hands of a provisioner that died makes no worker", async () => {
  await using cluster = await testCluster();
  const slow = { type: "simulated", start_latency_ms: 3_600_000 };
  await cluster.addProvider({ name: "slow", provider_type: "simulated", config: slow });
  await cluster.submit({ job_id: "doomed", command: ["true"] });
  await waitFor(
    "its start to be under way",
    async () =>
      (await cluster.database.query("SELECT 1 FROM workers WHERE job_id = 'doomed' AND state = 'STARTING'")).length > 0,
  );
  await cluster.service("provisioner").kill("SIGKILL");
  await cluster.bus.publish([{ subject: SUBJECTS.jobCancel, messageId: "cancel", body: { job_id: "doomed" } }]);
  await waitFor(
    "the cancel to be written down",
    async () =>
      (await cluster.database.query("SELECT 1 FROM workers WHERE job_id = 'doomed' AND terminate_reason = 'CANCELLED'"))
        .length > 0,
  );
  await cluster.start("provisioner");
  expect(await cluster.reaches("doomed", "CANCELLED")).toMatchObject({ attempt: 1, running_at: null });
});
