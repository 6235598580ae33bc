import { execFileSync } from "node:child_process";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { DockerConfig } from "@hodei/contracts";
import { scratchDirectory, testImage, waitFor } from "@hodei/testing";
import { afterAll, expect, test } from "vitest";
import { followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openDockerProvider } from "../src/docker/docker-adapter.ts";
import { capabilitiesOf } from "../src/docker/engine-capabilities.ts";
import { adapterContext } from "./adapter-context.ts";

const context = adapterContext("/nonexistent");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const signal = () => AbortSignal.timeout(60_000);
const configAt = (socket_path: string) =>
  DockerConfig.parse({ type: "docker", socket_path, default_image: testImage(), network: "none" });

afterAll(() => {
  const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${context.clusterId}`);
  if (left) docker("rm", "-f", ...left.split("\n"));
});

test("an event stream that brings nothing any more is noticed: ends and losses are told all the same", async () => {
  await using directory = await scratchDirectory();
  const path = join(directory.path, "deaf.sock");
  // What is asked for events gets its answer's head and not one event; everything else goes through.
  const proxy = createServer((client) => {
    const engine = createConnection("/var/run/docker.sock");
    let isEvents = false;
    client.on("data", (data: Buffer) => {
      isEvents ||= data.includes("/events?");
      engine.write(data);
    });
    engine.on("data", (data: Buffer) => {
      if (isEvents && !data.includes("HTTP/1.1")) return;
      client.write(data);
    });
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }).listen(path);
  await using provider = openDockerProvider(configAt(path), context, { lookEveryMs: 300 });
  const exits = followExits(provider);
  const [ends, vanishes] = [workerOf(["sh", "-c", "exit 6"]), workerOf(["sleep", "600"])];
  await provider.start(vanishes, signal());
  await provider.start(ends, signal());
  expect(await exits.of(ends.name)).toMatchObject({ exitCode: 6 });
  docker("rm", "-f", vanishes.name);
  expect(await exits.of(vanishes.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  expect([exits.count(ends.name), exits.count(vanishes.name)]).toEqual([1, 1]);
  await provider.remove(ends.name);
  await exits.close();
  proxy.close();
});

test("a worker that somebody else kills at the engine is lost; one that kills itself has failed", async () => {
  await using provider = openDockerProvider(configAt("/var/run/docker.sock"), context);
  const exits = followExits(provider);
  const [killed, removed, itself] = [
    workerOf(["sleep", "600"]),
    workerOf(["sleep", "600"]),
    workerOf(["sh", "-c", "kill -9 $$"]),
  ];
  for (const worker of [killed, removed, itself]) await provider.start(worker, signal());
  docker("kill", killed.name);
  docker("rm", "-f", removed.name);
  expect(await exits.of(killed.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  expect(await exits.of(removed.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  const own = await exits.of(itself.name);
  expect([own.exitCode, own.failure]).toEqual([137, undefined]);
  for (const { name } of [killed, itself]) await provider.remove(name);
  await exits.close();
});

test("a start that is given up leaves nothing behind, however far it came", async () => {
  await using provider = openDockerProvider(configAt("/var/run/docker.sock"), context);
  const workers = Array.from({ length: 6 }, () => workerOf(["sleep", "600"]));
  await Promise.all(
    workers.map(async (worker, i) => {
      const leaving = new AbortController();
      const started = provider.start(worker, leaving.signal);
      // At the create, between create and start, at the start: wherever the engine is by then.
      if (i % 2 === 1)
        await waitFor("it to be created", () => docker("ps", "-aq", "--filter", `name=${worker.name}`) !== "");
      leaving.abort();
      await started.catch(() => undefined);
      await provider.stop(worker.name, 0);
      await provider.remove(worker.name);
    }),
  );
  expect(await provider.list(signal())).toEqual([]);
});

test("what an engine has is read from what it tells", () => {
  const base = { NCPU: 8, MemTotal: 16e9, Architecture: "aarch64" };
  expect(capabilitiesOf(base)).toEqual({
    architecture: "arm64",
    perWorker: { cpuMillis: 8000, memoryBytes: 16e9 },
    total: { cpuMillis: 8000, memoryBytes: 16e9 },
  });
  const gpus = (more: object) => capabilitiesOf({ ...base, ...more }).perWorker.gpu;
  expect(gpus({ Runtimes: { runc: {}, nvidia: {} } })).toBe(1);
  const devices = ["nvidia.com/gpu=0", "nvidia.com/gpu=1", "nvidia.com/gpu=GPU-5f2c", "nvidia.com/gpu=all"];
  expect(gpus({ DiscoveredDevices: devices.map((ID) => ({ Source: "cdi", ID })) })).toBe(2);
  expect(gpus({ GenericResources: [{ DiscreteResourceSpec: { Kind: "gpu", Value: 4 } }] })).toBe(4);
  expect(gpus({ Runtimes: { runc: {} } })).toBeUndefined();
});
