import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { scratchDirectory, testImage, waitFor } from "@hodei/testing";
import { afterAll, expect, test } from "vitest";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import type { Provider } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const SOCKET = "/var/run/docker.sock";
const image = testImage();
const config = { type: "docker", socket_path: SOCKET, default_image: image, network: "none" };
const context = adapterContext("/nonexistent");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const signal = () => AbortSignal.timeout(30_000);

afterAll(() => {
  const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${context.clusterId}`);
  if (left) docker("rm", "-f", ...left.split("\n"));
});

describeConformance("docker", { outlives: true, runs: true, atOnce: 64, startsAtOnce: 8 }, async () => {
  const directory = await scratchDirectory();
  const path = join(directory.path, "hung.sock");
  // Accepts, and never answers.
  const hung = createServer(() => undefined).listen(path);
  await once(hung, "listening");
  return {
    openForeign: () => openProvider("docker", config, adapterContext("/nonexistent")),
    openHung: () => openProvider("docker", { ...config, socket_path: path }, adapterContext("/nonexistent")),
    open: () => openProvider("docker", config, context),
    close: async () => {
      hung.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});

async function withProvider<T>(
  more: object,
  work: (provider: Provider, exits: ReturnType<typeof followExits>) => Promise<T>,
): Promise<T> {
  await using provider = await openProvider("docker", { ...config, ...more }, context);
  const exits = followExits(provider);
  try {
    return await work(provider, exits);
  } finally {
    await exits.close();
  }
}

test("limits and hardening are what the engine has, not what was hoped", async () => {
  await withProvider({}, async (provider, exits) => {
    const worker = workerOf(
      ["sh", "-c", "sleep 0.2"],
      {},
      { resources: { cpuMillis: 500, memoryBytes: 64 * 2 ** 20 } },
    );
    await provider.start(worker, signal());
    const [info] = JSON.parse(docker("inspect", worker.name)) as [
      { HostConfig: Record<string, unknown>; Config: { Labels: Record<string, string> } },
    ];
    expect(info.HostConfig).toMatchObject({
      NanoCpus: 500_000_000,
      Memory: 64 * 2 ** 20,
      MemorySwap: 64 * 2 ** 20,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      Binds: null,
      Init: true,
      RestartPolicy: { Name: "no" },
      NetworkMode: "none",
    });
    expect(info.Config.Labels["hodei.dev/job-id"]).toBe(worker.jobId);
    await exits.of(worker.name);
    await provider.remove(worker.name);
  });
});

test("a command that is not in the image is the job's fault; an image that is not to be had is the provider's", async () => {
  await withProvider({}, async (provider, exits) => {
    const unknown = workerOf(["no-such-program"]);
    await provider.start(unknown, signal());
    expect(await exits.of(unknown.name)).toMatchObject({ exitCode: 127, failure: { code: "COMMAND_NOT_FOUND" } });
    await provider.remove(unknown.name);
    await expect(
      provider.start(workerOf(["true"], {}, { image: "hodei-test/no-such-image:1" }), signal()),
    ).rejects.toMatchObject({ code: "IMAGE_PULL" });
  });
});

test("a command that outgrows its memory is OOM_KILLED", async () => {
  await withProvider({}, async (provider, exits) => {
    const worker = workerOf(
      ["sh", "-c", "x=x; while :; do x=$x$x; done"],
      {},
      { resources: { memoryBytes: 16 * 2 ** 20 } },
    );
    await provider.start(worker, signal());
    expect(await exits.of(worker.name)).toMatchObject({ failure: { code: "OOM_KILLED" } });
    await provider.remove(worker.name);
  });
});

test("a foreign container of the very name is left alone", async () => {
  const worker = workerOf(["true"]);
  docker("run", "-d", "--name", worker.name, "--network", "none", image, "sleep", "60");
  try {
    await withProvider({}, async (provider) => {
      await expect(provider.start(worker, signal())).rejects.toMatchObject({
        code: "PROVIDER_ERROR",
        message: expect.stringContaining("is not ours"),
      });
      await provider.stop(worker.name, 0);
      await provider.remove(worker.name);
      expect((await provider.list(signal())).map((handle) => handle.name)).not.toContain(worker.name);
    });
    expect(docker("inspect", "-f", "{{.State.Running}}", worker.name)).toBe("true");
  } finally {
    docker("rm", "-f", worker.name);
  }
});

test("a container that somebody removes is lost", async () => {
  await withProvider({}, async (provider, exits) => {
    const worker = workerOf(["sleep", "60"]);
    await provider.start(worker, signal());
    docker("rm", "-f", worker.name);
    expect((await exits.of(worker.name)).exitCode).not.toBe(0);
  });
});

test("an end that happens while the engine cannot be heard is told when it can", async () => {
  await using directory = await scratchDirectory();
  const path = join(directory.path, "engine.sock");
  const proxy = await openProxy(path);
  await withProvider({ socket_path: path }, async (provider, exits) => {
    const worker = workerOf(["sh", "-c", "sleep 0.5; exit 6"]);
    await provider.start(worker, signal());
    await proxy.cut();
    await waitFor("the container to end", () => docker("inspect", "-f", "{{.State.Running}}", worker.name) === "false");
    await proxy.open();
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 6 });
    await provider.remove(worker.name);
  });
  await proxy.cut();
});

test("an engine that accepts and never answers fails a start by its signal, and a socket that is not there says so", async () => {
  await using directory = await scratchDirectory();
  const path = join(directory.path, "hung.sock");
  const hung = createServer(() => undefined).listen(path);
  const provider = await openProvider("docker", { ...config, socket_path: path }, context);
  await expect(provider.start(workerOf(["true"]), AbortSignal.timeout(200))).rejects.toMatchObject({
    code: "UNREACHABLE",
  });
  expect(await provider.check(AbortSignal.timeout(200))).toMatchObject({
    state: "degraded",
    code: "UNREACHABLE",
    needsConfirmation: true,
  });
  hung.close();
  const absent = await openProvider("docker", { ...config, socket_path: join(directory.path, "absent.sock") }, context);
  expect(await absent.check(signal())).toMatchObject({ code: "UNREACHABLE", needsConfirmation: true });
});

/** The engine behind a socket that the test can cut. */
async function openProxy(path: string): Promise<{ cut(): Promise<void>; open(): Promise<void> }> {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  const open = () =>
    new Promise<void>((resolve) => {
      server = createServer((client) => {
        const engine = createConnection(SOCKET);
        for (const socket of [client, engine]) {
          sockets.add(socket);
          socket.on("error", () => socket.destroy());
          socket.on("close", () => sockets.delete(socket));
        }
        client.pipe(engine).pipe(client);
      }).listen(path, resolve);
    });
  await open();
  return {
    open,
    cut: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        if (server) server.close(() => resolve());
        else resolve();
      }),
  };
}
