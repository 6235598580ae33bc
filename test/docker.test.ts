import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestCluster, testCluster, testImage, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
/** Container names are the same on every cluster of this engine: each run has jobs of its own. */
const run = randomBytes(4).toString("hex");
const id = (name: string) => `${name}-${run}`;

/** A cluster that leaves no container behind, whatever happened to its test. */
async function dockerCluster(): Promise<TestCluster> {
  const cluster = await testCluster();
  const [{ id: clusterId } = { id: "" }] = await cluster.database.query<{ id: string }>("SELECT id FROM cluster");
  return {
    ...cluster,
    service: (name) => cluster.service(name),
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${clusterId}`);
      if (left) docker("rm", "-f", ...left.split("\n"));
    },
  };
}

test("a provisioner that is killed comes back and adopts its running container; a foreign one is never touched", async () => {
  const image = testImage();
  await using cluster = await dockerCluster();
  await cluster.addProvider({
    name: "engine",
    provider_type: "docker",
    config: { type: "docker", default_image: image, network: "none" },
  });
  const foreign = docker("run", "-d", "--network", "none", image, "sleep", "300");
  try {
    await cluster.submit({
      job_id: id("survivor"),
      command: ["sh", "-c", "echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; exit 5"],
    });
    await cluster.reaches(id("survivor"), "RUNNING");
    await cluster.service("provisioner").kill("SIGKILL");
    await cluster.start("provisioner");
    await cluster.service("provisioner").logged("the take-over", (line) => line.msg === "workers taken over");
    docker("exec", `hodei-${id("survivor")}-1`, "sh", "-c", ": > /tmp/go");
    expect(await cluster.reaches(id("survivor"), "FAILED")).toMatchObject({
      exit_code: 5,
      attempt: 1,
      failure_code: "EXIT_NONZERO",
    });
    let text = "";
    for await (const entry of cluster.bus.readJobLogs(id("survivor"), {
      follow: false,
      signal: AbortSignal.timeout(10_000),
    }))
      text += entry.text;
    expect(text).toBe("before\nafter\n");
    await waitFor(
      "the ended container to be removed",
      () => docker("ps", "-aq", "--filter", `name=hodei-${id("survivor")}-1`) === "",
    );
    expect(docker("inspect", "-f", "{{.State.Running}}", foreign)).toBe("true");
  } finally {
    docker("rm", "-f", foreign);
  }
});

test("a cancel and a timeout end the container", async () => {
  const image = testImage();
  await using cluster = await dockerCluster();
  await cluster.addProvider({
    name: "engine",
    provider_type: "docker",
    config: { type: "docker", default_image: image, network: "none" },
  });
  await cluster.submit(
    { job_id: id("too-long"), command: ["sleep", "300"], timeout_seconds: 1 },
    { job_id: id("unwanted"), command: ["sleep", "300"] },
  );
  expect(await cluster.reaches(id("too-long"), "TIMED_OUT")).toMatchObject({ failure_code: "TIMEOUT_RUN" });
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "cancel", body: { job_id: id("unwanted") } }]);
  await cluster.reaches(id("unwanted"), "CANCELLED");
  await waitFor(
    "both containers to be gone",
    () =>
      docker(
        "ps",
        "-aq",
        "--filter",
        `name=hodei-${id("too-long")}-1`,
        "--filter",
        `name=hodei-${id("unwanted")}-1`,
      ) === "",
  );
});

test("an image that is not to be had moves the job to another provider, with its name on the attempt", async () => {
  await using cluster = await dockerCluster();
  await cluster.addProvider({
    name: "no-image",
    provider_type: "docker",
    config: { type: "docker", default_image: "hodei-test/no-such-image:1" },
    priority: 10,
  });
  await cluster.addProvider({
    name: "has-image",
    provider_type: "docker",
    config: { type: "docker", default_image: testImage(), network: "none" },
  });
  await cluster.submit({ job_id: id("moves"), command: ["true"] });
  expect(await cluster.reaches(id("moves"), "SUCCEEDED")).toMatchObject({ provider_name: "has-image", attempt: 2 });
  const [first] = await cluster.database.query(
    "SELECT failure_code, failure_message FROM workers WHERE job_id = $1 AND attempt = 1",
    [id("moves")],
  );
  expect(first).toMatchObject({
    failure_code: "IMAGE_PULL",
    failure_message: expect.stringContaining("hodei-test/no-such-image:1"),
  });
});

test("an engine that accepts and never answers holds up nobody else, and its jobs move on when their time to start is over", async () => {
  await using cluster = await dockerCluster();
  const path = join(cluster.home, "hung.sock");
  await using _ = await hungEngine(path);
  await cluster.addProvider({
    name: "hung",
    provider_type: "docker",
    config: { type: "docker", socket_path: path, default_image: "any", start_concurrency: 1 },
    priority: 10,
    required_labels: { pool: "hung" },
  });
  await cluster.addProvider({
    name: "works",
    provider_type: "process",
    max_workers: 20,
    required_labels: { pool: "hung", fast: "yes" },
  });
  const slow = Array.from({ length: 3 }, (_unused, i) => ({
    job_id: id(`stuck-${i}`),
    command: ["true"],
    required_labels: { pool: "hung" },
    provisioning_timeout_seconds: 2,
  }));
  const quick = Array.from({ length: 5 }, (_unused, i) => ({
    job_id: id(`quick-${i}`),
    command: ["true"],
    required_labels: { fast: "yes" },
  }));
  await cluster.submit(...slow, ...quick);
  for (const job of quick) await cluster.reaches(job.job_id, "SUCCEEDED");
  const [waiting] = await cluster.database.query("SELECT count(*)::int AS n FROM jobs WHERE finished_at IS NULL");
  expect(waiting).toEqual({ n: 3 });
  for (const job of slow)
    expect(await cluster.reaches(job.job_id, "SUCCEEDED")).toMatchObject({ provider_name: "works", attempt: 2 });
  expect(
    await cluster.database.query("SELECT DISTINCT failure_code FROM workers WHERE provider_name = 'hung'"),
  ).toEqual([{ failure_code: "TIMEOUT_PROVISIONING" }]);
});

async function hungEngine(path: string): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket)).listen(path);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
