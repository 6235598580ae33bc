import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { engineProxy, type TestCluster, testCluster, testImage, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const run = randomBytes(4).toString("hex");
const id = (name: string) => `${name}-${run}`;

/** A cluster that compares every second, and leaves no container behind. */
async function reconcilingCluster(env: Record<string, string> = {}): Promise<TestCluster & { id: string }> {
  const cluster = await testCluster({ env: { HODEI_RECONCILE_SECONDS: "1", ...env } });
  const [{ id: clusterId } = { id: "" }] = await cluster.database.query<{ id: string }>("SELECT id FROM cluster");
  return {
    ...cluster,
    id: clusterId,
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${clusterId}`);
      if (left) docker("rm", "-f", ...left.split("\n"));
    },
  };
}

const engine = (image: string, more: object = {}) => ({
  name: "engine",
  provider_type: "docker",
  config: { type: "docker", default_image: image, network: "none", ...more },
});
const isRunning = (name: string) => docker("ps", "-q", "--filter", `name=^${name}$`) !== "";
const isThere = (name: string) => docker("ps", "-aq", "--filter", `name=^${name}$`) !== "";

test("a container of ours that no row knows is ended and removed; one of another cluster is not touched", async () => {
  const image = testImage();
  await using cluster = await reconcilingCluster();
  const providerId = await cluster.addProvider(engine(image));
  const stray = (name: string, clusterId: string) =>
    docker(
      "run",
      "-d",
      "--name",
      name,
      "--network",
      "none",
      "--label",
      "hodei.dev/managed=true",
      "--label",
      `hodei.dev/cluster=${clusterId}`,
      "--label",
      `hodei.dev/provider=${providerId}`,
      image,
      "sleep",
      "300",
    );
  const foreign = stray(`hodei-${id("theirs")}-1`, "11111111-1111-1111-1111-111111111111");
  try {
    stray(`hodei-${id("unknown")}-1`, cluster.id);
    await waitFor("the stray container to be gone", () => !isThere(`hodei-${id("unknown")}-1`));
    expect(docker("inspect", "-f", "{{.State.Running}}", foreign)).toBe("true");
    const metrics = await (await fetch(`${cluster.service("provisioner").url}/metrics`)).text();
    expect(metrics).toMatch(/hodei_reconciled_workers_total\{[^}]*action="ended"[^}]*\} 1/);
  } finally {
    docker("rm", "-f", foreign);
  }
});

test("a process that vanished without a trace is lost, and its job runs again", async () => {
  await using cluster = await reconcilingCluster();
  const providerId = await cluster.addProvider({ name: "local", provider_type: "process" });
  const gate = join(cluster.home, "gate");
  await cluster.submit({ job_id: "vanishes", command: ["sh", "-c", `until [ -e ${gate} ]; do sleep 0.05; done`] });
  await cluster.reaches("vanishes", "RUNNING");
  await cluster.service("provisioner").kill("SIGKILL");
  const workers = join(cluster.home, "providers", providerId, "workers");
  const folder = readdirSync(workers)[0] ?? "";
  const pid = Number(readFileSync(join(workers, folder, "started"), "utf8").split(" ")[0]);
  process.kill(-pid, "SIGKILL");
  execFileSync("rm", ["-rf", join(workers, folder)]);
  await cluster.start("provisioner");
  await cluster.reaches("vanishes", "PENDING", "PROVISIONING", "RUNNING");
  execFileSync("touch", [gate]);
  expect(await cluster.reaches("vanishes", "SUCCEEDED")).toMatchObject({ attempt: 2 });
  expect(
    await cluster.database.query("SELECT state, failure_code FROM workers WHERE job_id = 'vanishes' AND attempt = 1"),
  ).toEqual([{ state: "LOST", failure_code: "WORKER_LOST" }]);
});

test("workers of an engine that is out of sight for too long are lost; when it is back they are ended, and their late end changes nothing", async () => {
  const image = testImage();
  await using cluster = await reconcilingCluster({ HODEI_LOST_AFTER_SECONDS: "1" });
  const path = join(cluster.home, "engine.sock");
  await using proxy = await engineProxy(path);
  const health = { interval_seconds: 1, timeout_seconds: 1, failure_threshold: 1, success_threshold: 1 };
  await cluster.addProvider({ ...engine(image, { socket_path: path, health_check_config: health }), priority: 10 });
  await cluster.submit({
    job_id: id("sought"),
    command: ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"],
  });
  await cluster.reaches(id("sought"), "RUNNING");
  await cluster.addProvider({ name: "spare", provider_type: "process" });
  await proxy.cut();
  await waitFor(
    "a second attempt elsewhere",
    async () =>
      (
        await cluster.database.query(
          "SELECT 1 FROM workers WHERE job_id = $1 AND attempt = 2 AND provider_name = 'spare'",
          [id("sought")],
        )
      ).length > 0,
  );
  expect(isRunning(`hodei-${id("sought")}-1`)).toBe(true);
  await proxy.open();
  await waitFor("the first attempt's container to be gone", () => !isThere(`hodei-${id("sought")}-1`));
  const rows = await cluster.database.query(
    "SELECT attempt, state, failure_code, exit_code FROM workers WHERE job_id = $1 ORDER BY attempt",
    [id("sought")],
  );
  expect(rows[0]).toEqual({ attempt: 1, state: "LOST", failure_code: "WORKER_LOST", exit_code: null });
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "cancel", body: { job_id: id("sought") } }]);
  await cluster.reaches(id("sought"), "CANCELLED");
});

test("an engine that is out of sight for less than that keeps its worker", async () => {
  const image = testImage();
  await using cluster = await reconcilingCluster();
  const path = join(cluster.home, "engine.sock");
  await using proxy = await engineProxy(path);
  const health = { interval_seconds: 1, timeout_seconds: 1, failure_threshold: 1, success_threshold: 1 };
  await cluster.addProvider(engine(image, { socket_path: path, health_check_config: health }));
  await cluster.submit({
    job_id: id("patient"),
    command: ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.05; done; exit 5"],
  });
  await cluster.reaches(id("patient"), "RUNNING");
  await proxy.cut();
  await waitFor(
    "the engine to be unhealthy",
    async () => (await cluster.database.query("SELECT 1 FROM provider_configs WHERE status = 'UNHEALTHY'")).length > 0,
  );
  docker("exec", `hodei-${id("patient")}-1`, "sh", "-c", ": > /tmp/go");
  await waitFor("the container to end unseen", () => !isRunning(`hodei-${id("patient")}-1`));
  await proxy.open();
  expect(await cluster.reaches(id("patient"), "FAILED")).toMatchObject({
    attempt: 1,
    exit_code: 5,
    failure_code: "EXIT_NONZERO",
  });
});

test("a timeout that falls into an outage of the engine ends its container when the engine is back", async () => {
  const image = testImage();
  await using cluster = await reconcilingCluster();
  const path = join(cluster.home, "engine.sock");
  await using proxy = await engineProxy(path);
  await cluster.addProvider(engine(image, { socket_path: path }));
  await cluster.submit({ job_id: id("overdue"), command: ["sleep", "300"], timeout_seconds: 3 });
  await cluster.reaches(id("overdue"), "RUNNING");
  await proxy.cut();
  await cluster
    .service("provisioner")
    .logged("that it could not be ended", (line) => line.msg.startsWith("a worker could not be ended"));
  expect(isRunning(`hodei-${id("overdue")}-1`)).toBe(true);
  await proxy.open();
  expect(await cluster.reaches(id("overdue"), "TIMED_OUT")).toMatchObject({ attempt: 1, failure_code: "TIMEOUT_RUN" });
});
