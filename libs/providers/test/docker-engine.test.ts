import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { scratchDirectory, type TestEngine, testAuthority, testEngine } from "@hodei/testing";
import { expect, test } from "vitest";
import { type ExitLog, followExits } from "../src/conformance/follow-exits.ts";
import { collect, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import type { Provider } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const signal = () => AbortSignal.timeout(60_000);

async function onEngine(
  { socketPath, image }: TestEngine,
  work: (subject: { provider: Provider; exits: ExitLog }) => Promise<void>,
  more: object = {},
): Promise<void> {
  const config = { type: "docker", socket_path: socketPath, default_image: image, network: "none", ...more };
  await using provider = await openProvider("docker", config, adapterContext("/nonexistent"));
  const exits = followExits(provider);
  try {
    await work({ provider, exits });
  } finally {
    await exits.close();
  }
}

test("an engine behind TLS runs workers and says until when its certificates hold; certificates that do not hold say so", async () => {
  await using engine = await testEngine({ tls: true });
  const { port, certificates } = engine.tls ?? { port: 0, certificates: undefined };
  if (!certificates) throw new Error("the engine has no TLS");
  const { ca, client } = certificates;
  const files = (cert: string, key: string) => ({ ca: `file:${ca.cert}`, cert: `file:${cert}`, key: `file:${key}` });
  const open = (tls: object) =>
    openProvider(
      "docker",
      { type: "docker", host: "127.0.0.1", port, tls, default_image: engine.image, network: "none" },
      adapterContext("/nonexistent"),
    );
  await using provider = await open(files(client.cert, client.key));
  const health = await provider.check(signal());
  expect(health).toMatchObject({ state: "healthy", capabilities: { architecture: expect.any(String) } });
  expect(health.steps?.map(({ name, ok, command }) => [name, ok, command?.split(" ")[0]])).toEqual([
    ["certificates", true, "openssl"],
    ["list containers", true, "docker"],
    ["info", true, "docker"],
  ]);
  // The authority is the one that ends first.
  const end = new Date(
    execFileSync("openssl", ["x509", "-noout", "-enddate", "-in", ca.cert], { encoding: "utf8" }).split("=")[1] ?? "",
  );
  expect(health.certificateExpiresAt).toEqual(end);
  const exits = followExits(provider);
  const worker = workerOf(["sh", "-c", "echo by TLS; exit 3"]);
  await provider.start(worker, signal());
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 3 });
  expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("by TLS\n");
  await provider.remove(worker.name);
  await exits.close();

  const old = certificates.issue("old", { from: "20200101000000Z", to: "20210101000000Z" });
  const early = certificates.issue("early", { from: "20980101000000Z", to: "20990101000000Z" });
  for (const { cert, key } of [old, early]) {
    await using invalid = await open(files(cert, key));
    expect(await invalid.check(signal())).toMatchObject({ state: "unhealthy", code: "CERTIFICATE_EXPIRED" });
  }
  await using stranger = await scratchDirectory();
  const foreign = testAuthority(stranger.path);
  await using untrusted = await open(files(foreign.client.cert, foreign.client.key));
  expect(await untrusted.check(signal())).toMatchObject({ state: "unhealthy", code: "PERMISSION_DENIED" });
  await using distrusting = await open({ ...files(client.cert, client.key), ca: `file:${foreign.ca.cert}` });
  expect(await distrusting.check(signal())).toMatchObject({ state: "unhealthy", code: "CONFIG_INVALID" });
  await using unreadable = await open({ ...files(client.cert, client.key), cert: "env:HODEI_NO_SUCH_VARIABLE" });
  expect(await unreadable.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("env:HODEI_NO_SUCH_VARIABLE"),
  });
  await expect(unreadable.start(workerOf(["true"]), signal())).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

test("an engine whose own certificate has expired, or does not hold yet, is unhealthy for that", async () => {
  await using directory = await scratchDirectory();
  const certificates = testAuthority(directory.path);
  const { ca, client } = certificates;
  for (const [name, validity] of Object.entries({
    expired: { from: "20200101000000Z", to: "20210101000000Z" },
    early: { from: "20980101000000Z", to: "20990101000000Z" },
  })) {
    const { cert, key } = certificates.issue(name, validity);
    // Whoever is behind it: the handshake ends the conversation.
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const tls = { ca: `file:${ca.cert}`, cert: `file:${client.cert}`, key: `file:${client.key}` };
    const { port } = server.address() as AddressInfo;
    const config = { type: "docker", host: "127.0.0.1", port, tls };
    await using provider = await openProvider("docker", config, adapterContext("/nonexistent"));
    expect(await provider.check(signal())).toMatchObject({ state: "unhealthy", code: "CERTIFICATE_EXPIRED" });
    server.close();
    await once(server, "close");
  }
});

test("workers that die with their engine are lost; one that ended by itself before is not", async () => {
  await using engine = await testEngine();
  await onEngine(engine, async ({ provider, exits }) => {
    const [dies, ended] = [workerOf(["sleep", "600"]), workerOf(["sh", "-c", "exit 4"])];
    await provider.start(dies, signal());
    await provider.start(ended, signal());
    expect(await exits.of(ended.name)).toMatchObject({ exitCode: 4 });
    await engine.stop("SIGKILL");
    expect(await provider.check(signal())).toMatchObject({ code: "UNREACHABLE", needsConfirmation: true });
    await engine.start();
    expect(await exits.of(dies.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
    expect(exits.count(ended.name)).toBe(1);
    await provider.remove(dies.name);
    await provider.remove(ended.name);
  });
});

test("workers that a stopping engine ends are lost too", async () => {
  await using engine = await testEngine();
  await onEngine(engine, async ({ provider, exits }) => {
    const worker = workerOf(["sleep", "600"]);
    await provider.start(worker, signal());
    await engine.stop("SIGTERM");
    await engine.start();
    expect(await exits.of(worker.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
    await provider.remove(worker.name);
  });
});

test("workers outlive an engine with live-restore: output and end are complete when it is back", async () => {
  await using engine = await testEngine({ liveRestore: true });
  await onEngine(engine, async ({ provider, exits }) => {
    const worker = workerOf(["sh", "-c", "echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; exit 7"]);
    await provider.start(worker, signal());
    const output = collect(provider.logs(worker.name, {}, signal()));
    await engine.stop("SIGKILL");
    await engine.start();
    expect(await provider.start(worker, signal())).toMatchObject({ adopted: true, state: "running" });
    engine.docker("exec", worker.name, "sh", "-c", ": > /tmp/go");
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 7 });
    expect(textOf(await output, "stdout")).toBe("before\nafter\n");
    await provider.remove(worker.name);
  });
});

test("a disk that is full is a lack of resources", async () => {
  await using engine = await testEngine({ diskMiB: 64 });
  execFileSync("sh", [
    "-c",
    'dd if=/dev/zero of="$1/filler" bs=1M 2>/dev/null || true; dd if=/dev/zero of="$1/rest" bs=1 2>/dev/null || true',
    "sh",
    engine.dataRoot,
  ]);
  await onEngine(engine, async ({ provider }) => {
    await expect(provider.start(workerOf(["true"]), signal())).rejects.toMatchObject({
      code: "INSUFFICIENT_RESOURCES",
    });
  });
  execFileSync("rm", [`${engine.dataRoot}/filler`, `${engine.dataRoot}/rest`]);
});

test("a socket that is closed to Hodei's user is told in Docker's own words", async () => {
  const fixture = fileURLToPath(new URL("fixtures/docker-check.ts", import.meta.url));
  const answer = execFileSync(process.execPath, [fixture, "/var/run/docker.sock"], {
    uid: 65_534,
    gid: 65_534,
    encoding: "utf8",
  });
  expect(JSON.parse(answer)).toMatchObject({
    state: "unhealthy",
    code: "PERMISSION_DENIED",
    detail: expect.stringContaining(
      "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
    ),
    steps: [{ name: "list containers", ok: false, command: "docker -H unix:///var/run/docker.sock ps" }],
  });
});
