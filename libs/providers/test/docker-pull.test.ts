import { type TestEngine, testEngine, testRegistry, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExitLog, followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { registryOf } from "../src/docker/registry-credentials.ts";
import { openProvider } from "../src/index.ts";
import type { Provider, WorkerSpec } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const signal = () => AbortSignal.timeout(60_000);
let engine: TestEngine;

beforeAll(async () => {
  engine = await testEngine();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

async function withProvider(more: object, work: (provider: Provider, exits: ExitLog) => Promise<void>): Promise<void> {
  const config = { type: "docker", socket_path: engine.socketPath, network: "none", ...more };
  await using provider = await openProvider("docker", config, adapterContext("/nonexistent"));
  const exits = followExits(provider);
  try {
    await work(provider, exits);
  } finally {
    await exits.close();
  }
}

/** A worker, and what was said to its job's log while it started. */
function workerWithLog(image: string): { worker: WorkerSpec; lines: string[] } {
  const lines: string[] = [];
  return { lines, worker: { ...workerOf(["true"], {}, { image }), progress: (line) => void lines.push(line) } };
}

test("an image that is not there is pulled, and the job's log says so; one that is there is not", async () => {
  await using registry = await testRegistry();
  const { name } = registry.addImage("team/tool", { bytes: 2_000_000 });
  await withProvider({ default_image: name }, async (provider, exits) => {
    const first = workerWithLog(name);
    await provider.start(first.worker, signal());
    expect(await exits.of(first.worker.name)).toMatchObject({ exitCode: 0 });
    expect(first.lines).toEqual([`pulling ${name}`, expect.stringMatching(/^pulled .+ in [0-9.]+ s$/)]);
    const asked = registry.requests.length;
    const second = workerWithLog(name);
    await provider.start(second.worker, signal());
    await exits.of(second.worker.name);
    expect(second.lines).toEqual([]);
    expect(registry.requests).toHaveLength(asked);
  });
});

test("an image by digest is pulled as exactly that", async () => {
  await using registry = await testRegistry();
  const { digest } = registry.addImage("team/pinned");
  await withProvider({}, async (provider, exits) => {
    const { worker } = workerWithLog(digest);
    await provider.start(worker, signal());
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    expect(engine.docker("inspect", "-f", "{{.Config.Image}}", worker.name)).toBe(digest);
  });
});

test("a registry's credentials are read where they are, and shown to no other registry", async () => {
  const auth = { username: "hodei", password: "swordfish-and-more" };
  await using registry = await testRegistry({ auth });
  await using other = await testRegistry({ auth });
  const { name } = registry.addImage("private/tool");
  const { name: elsewhere } = other.addImage("private/tool");
  process.env["HODEI_TEST_REGISTRY"] = auth.password;
  const registry_auth = {
    username: auth.username,
    password: "env:HODEI_TEST_REGISTRY",
    server_address: registry.address,
  };
  await withProvider({ registry_auth }, async (provider, exits) => {
    const { worker, lines } = workerWithLog(name);
    await provider.start(worker, signal());
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    expect(lines.join()).not.toContain(auth.password);
    await expect(provider.start(workerWithLog(elsewhere).worker, signal())).rejects.toMatchObject({
      code: "IMAGE_PULL",
    });
  });
  const { name: another } = registry.addImage("private/another");
  await withProvider(
    { registry_auth: { ...registry_auth, password: "env:HODEI_NO_SUCH_VARIABLE" } },
    async (provider) => {
      await expect(provider.start(workerWithLog(another).worker, signal())).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("env:HODEI_NO_SUCH_VARIABLE"),
      });
    },
  );
  delete process.env["HODEI_TEST_REGISTRY"];
});

test("what a registry has not, or hands to nobody unknown, is IMAGE_PULL with its name", async () => {
  await using open = await testRegistry();
  await using closed = await testRegistry({ auth: { username: "a", password: "b" } });
  const { name } = closed.addImage("private/tool");
  await withProvider({}, async (provider) => {
    for (const image of [`${open.address}/no/such:1`, name, "127.0.0.1:9/nobody/listens:1"]) {
      await expect(provider.start(workerWithLog(image).worker, signal())).rejects.toMatchObject({
        code: "IMAGE_PULL",
        message: expect.stringContaining(image),
      });
    }
    expect(await provider.list(signal())).toEqual([]);
  });
});

test("an image for another platform is refused by that name, by its list and by itself", async () => {
  await using registry = await testRegistry();
  const { name, digest } = registry.addImage("team/foreign", { architecture: "s390x" });
  await withProvider({}, async (provider) => {
    for (const image of [name, digest])
      await expect(provider.start(workerWithLog(image).worker, signal())).rejects.toMatchObject({
        code: "PLATFORM_MISMATCH",
      });
    expect(await provider.list(signal())).toEqual([]);
  });
});

test("several workers share one pull; one that gives up leaves it to the others", async () => {
  await using registry = await testRegistry();
  const { name } = registry.addImage("team/shared", { bytes: 2_000_000 });
  const layers = registry.holdLayers();
  await withProvider({}, async (provider, exits) => {
    const leaving = new AbortController();
    const first = workerWithLog(name);
    const gone = provider.start(first.worker, leaving.signal);
    await waitFor("the pull to begin", () => registry.requests.some((request) => request.includes("/blobs/")));
    const others = [workerWithLog(name), workerWithLog(name)];
    const starts = others.map(({ worker }) => provider.start(worker, signal()));
    await waitFor("them to wait for it", () =>
      others.every(({ lines }) => lines.some((line) => line.includes("another worker pulls"))),
    );
    leaving.abort();
    await expect(gone).rejects.toBeInstanceOf(Error);
    layers.release();
    await Promise.all(starts);
    for (const { worker } of others) expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    expect(
      registry.requests.filter((request) => request === "GET /v2/team/shared/manifests/latest").length,
    ).toBeLessThanOrEqual(1);
    expect((await provider.list(signal())).map((handle) => handle.name)).not.toContain(first.worker.name);
  });
});

test("a pull that stands still ends when its time is over", async () => {
  await using registry = await testRegistry();
  const { name } = registry.addImage("team/stalled", { bytes: 2_000_000 });
  registry.holdLayers();
  await withProvider({ pull_timeout_seconds: 2 }, async (provider) => {
    const { worker, lines } = workerWithLog(name);
    await expect(provider.start(worker, signal())).rejects.toMatchObject({
      code: "IMAGE_PULL",
      message: expect.stringContaining("pull_timeout_seconds (2 s)"),
    });
    expect(lines).toEqual([`pulling ${name}`]);
  });
});

test("an image's registry is what stands before its first slash, if that is a host", () => {
  expect(
    ["busybox", "team/tool:1", "docker.io/team/tool", "ghcr.io/a/b@sha256:00", "localhost/a", "127.0.0.1:5000/a:1"].map(
      registryOf,
    ),
  ).toEqual(["docker.io", "docker.io", "docker.io", "ghcr.io", "localhost", "127.0.0.1:5000"]);
});
