import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { testImage, waitFor } from "@hodei/testing";
import { afterAll, expect, test } from "vitest";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { type ExitLog, followExits } from "../src/conformance/follow-exits.ts";
import { collect, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import type { Provider, WorkerSpec } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const image = testImage();
const config = { type: "docker", default_image: image, network: "none", warm_workers: 2 };
const contexts = [adapterContext("/nonexistent")];
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const signal = () => AbortSignal.timeout(60_000);

afterAll(() => {
  for (const { clusterId } of contexts) {
    const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${clusterId}`);
    if (left) docker("rm", "-f", ...left.split("\n"));
  }
});

describeConformance("docker with warm workers", { outlives: true, runs: true, atOnce: 8 }, async () => ({
  openForeign: () => openProvider("docker", config, adapterContext("/nonexistent")),
  open: () => openProvider("docker", config, contexts[0] ?? adapterContext("/nonexistent")),
  close: async () => undefined,
}));

/** Warm containers of a cluster that wait. */
function waitingIn(clusterId: string): string[] {
  const names = docker("ps", "--format", "{{.Names}}", "--filter", `label=hodei.dev/cluster=${clusterId}`);
  return names.split("\n").filter((name) => name.startsWith("hodei_warm_"));
}

async function withPool(
  more: object,
  work: (subject: {
    provider: Provider;
    exits: ExitLog;
    clusterId: string;
    ready: () => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  const context = adapterContext("/nonexistent");
  contexts.push(context);
  await using provider = await openProvider("docker", { ...config, ...more }, context);
  const exits = followExits(provider);
  const { clusterId } = context;
  const ready = () =>
    waitFor("warm workers to wait", () => {
      const names = waitingIn(clusterId);
      return names.length === 2 && names;
    });
  try {
    await work({ provider, exits, clusterId, ready });
  } finally {
    await exits.close();
  }
}

/** The process of a worker's container began as an empty one. */
function isWarm(name: string): boolean {
  return docker("inspect", "-f", '{{index .Config.Labels "hodei.dev/warm"}}', name) !== "";
}

/** Starts a worker in a warm container; the engine shows one a moment before its provider knows of it. */
async function startWarm(provider: Provider, make: () => WorkerSpec): Promise<WorkerSpec> {
  return await waitFor("a worker to start warm", async () => {
    const worker = make();
    expect(await provider.start(worker, signal())).toMatchObject({ state: "running", adopted: false });
    if (isWarm(worker.name)) return worker;
    await provider.stop(worker.name, 0);
    await provider.remove(worker.name);
    return undefined;
  });
}

test("a worker runs in a warm container under its own name, once, and another takes that one's place", async () => {
  await withPool({}, async ({ provider, exits, ready }) => {
    const before = await ready();
    const worker = await startWarm(provider, () => workerOf(["sh", "-c", "echo out; echo err >&2; exit 3"]));
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 3 });
    const output = await collect(provider.logs(worker.name, {}, signal()));
    expect([textOf(output, "stdout"), textOf(output, "stderr")]).toEqual(["out\n", "err\n"]);
    const id = docker("inspect", "-f", '{{index .Config.Labels "hodei.dev/warm"}}', worker.name).slice(0, 12);
    expect(before).toContain(`hodei_warm_${id}`);
    expect(await ready()).not.toContain(`hodei_warm_${id}`);
    await provider.remove(worker.name);
  });
});

test("empty containers are no workers: neither listed nor watched, and gone with their provider", async () => {
  let cluster = "";
  await withPool({}, async ({ provider, exits, clusterId, ready }) => {
    cluster = clusterId;
    const [first = ""] = await ready();
    expect(await provider.list(signal())).toEqual([]);
    docker("rm", "-f", first);
    await waitFor(
      "another to take its place",
      () => waitingIn(clusterId).length === 2 && !waitingIn(clusterId).includes(first),
    );
    expect(exits.count(first)).toBe(0);
  });
  expect(docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${cluster}`)).toBe("");
});

test("a provider whose configuration changed gives its empty containers up and lets its workers go on", async () => {
  await withPool({}, async ({ provider, exits, clusterId, ready }) => {
    await ready();
    const worker = await startWarm(provider, () => workerOf(["sh", "-c", "sleep 1; exit 4"]));
    await provider.retire?.();
    expect(waitingIn(clusterId)).toEqual([]);
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 4 });
    await provider.remove(worker.name);
  });
});

test("a warm worker has what a cold one has: environment, limits, user, folder, processes, input", async () => {
  const script =
    "env | grep -v ^HOSTNAME= | sort; pwd; id; cat /proc/self/status | grep -E '^(Cap|NoNewPrivs|Sig(Blk|Ign|Cgt))'; cat; ls -l /proc/self/fd/0 | grep -o '/.*'";
  const env = { GREETING: 'it\'s $(id) "here"\n\\n', EMPTY: "", w: "1", l: "2", s: "3", PATH: "/bin:/own" };
  const outputs: string[] = [];
  for (const warm_workers of [0, 2]) {
    await withPool({ warm_workers, default_resources: { memory_limit: "64Mi" } }, async ({ provider, exits }) => {
      const make = () =>
        workerOf(["sh", "-c", script], env, { resources: { cpuMillis: 500, memoryBytes: 32 * 2 ** 20 } });
      const worker = warm_workers > 0 ? await startWarm(provider, make) : make();
      if (warm_workers === 0) await provider.start(worker, signal());
      expect(isWarm(worker.name)).toBe(warm_workers > 0);
      await exits.of(worker.name);
      const [info] = JSON.parse(docker("inspect", worker.name)) as [{ HostConfig: Record<string, unknown> }];
      const { NanoCpus, Memory, MemorySwap, CapDrop, SecurityOpt, PidsLimit, NetworkMode, Binds, LogConfig } =
        info.HostConfig;
      outputs.push(
        JSON.stringify({
          NanoCpus,
          Memory,
          MemorySwap,
          CapDrop,
          SecurityOpt,
          PidsLimit,
          NetworkMode,
          Binds,
          LogConfig,
        }) + textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout"),
      );
      await provider.remove(worker.name);
    });
  }
  expect(outputs[1]).toBe(outputs[0]);
  expect(outputs[0]).toContain('"Memory":33554432');
  expect(outputs[0]).toContain("GREETING=it's $(id)");
});

test("a warm worker that outgrows its memory is OOM_KILLED", async () => {
  await withPool({ default_resources: { memory_limit: "16Mi" } }, async ({ provider, exits }) => {
    const worker = await startWarm(provider, () => workerOf(["sh", "-c", "sleep 0.5; x=x; while :; do x=$x$x; done"]));
    expect(await exits.of(worker.name)).toMatchObject({ failure: { code: "OOM_KILLED" } });
    await provider.remove(worker.name);
  });
});

test("a job with an image of its own, or variables that no shell passes on, starts cold", async () => {
  await withPool({}, async ({ provider, exits, clusterId, ready }) => {
    await ready();
    const digest = docker("inspect", "-f", "{{.Id}}", image);
    for (const worker of [
      workerOf(["true"], {}, { image: digest }),
      workerOf(["sh", "-c", 'test "$OPTIND" = abc'], { OPTIND: "abc" }),
    ]) {
      await provider.start(worker, signal());
      expect(isWarm(worker.name)).toBe(false);
      expect(await exits.of(worker.name)).toMatchObject({ exitCode: worker.job.image ? 0 : expect.any(Number) });
      await provider.remove(worker.name);
    }
    await waitFor("both to wait again", () => waitingIn(clusterId).length === 2);
  });
});

test("an image without a shell starts cold", async () => {
  const bare = "hodei-test:bare-1";
  execFileSync("sh", [
    "-c",
    `tar -C / --transform 's|.*|busybox|' -c bin/busybox | docker import -c 'ENTRYPOINT ["/busybox", "echo"]' - ${bare}`,
  ]);
  await withPool({ default_image: bare }, async ({ provider, exits }) => {
    const worker = workerOf(["hallo"]);
    await provider.start(worker, signal());
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("hallo\n");
    await provider.remove(worker.name);
  });
});

test("a process that is killed before it gave the command leaves a worker that has run nothing: the next start runs it", async () => {
  const context = adapterContext("/nonexistent");
  contexts.push(context);
  const fixture = fileURLToPath(new URL("fixtures/docker-owner.ts", import.meta.url));
  const owner = spawn(process.execPath, [fixture, JSON.stringify(config), JSON.stringify(context)], {
    stdio: "inherit",
  });
  const waiting = await waitFor("warm workers to wait", () => {
    const names = waitingIn(context.clusterId);
    return names.length === 2 && names;
  });
  const workers = [workerOf(["sh", "-c", "exit 5"]), workerOf(["sh", "-c", "exit 6"])];
  // What a provisioner does first, and all it came to do.
  for (const [i, worker] of workers.entries()) docker("rename", waiting[i] ?? "", worker.name);
  owner.kill("SIGKILL");
  await using provider = await openProvider("docker", { ...config, warm_workers: 0 }, context);
  const [started, abandoned] = workers as [WorkerSpec, WorkerSpec];
  await waitFor(
    "both to end",
    () => docker("ps", "-q", "--filter", `label=hodei.dev/cluster=${context.clusterId}`) === "",
  );
  expect(await provider.start(started, signal())).toMatchObject({ adopted: false });
  const exits = followExits(provider);
  try {
    expect(await exits.of(started.name)).toMatchObject({ exitCode: 5 });
    expect(await exits.of(abandoned.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  } finally {
    await exits.close();
  }
  for (const { name } of workers) await provider.remove(name);
});
