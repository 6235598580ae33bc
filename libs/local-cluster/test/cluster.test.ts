import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { processIdentity } from "@hodei/runtime";
import { expect, test } from "vitest";
import { withHomeLock } from "../src/cluster-locks.ts";
import { clusterStatus, findFreePort, findManaged, startCluster, stopCluster } from "../src/index.ts";
import { stopManaged } from "../src/managed-process.ts";
import { FIRST_PORT, scratchHome } from "./scratch-home.ts";

const PARTS = ["postgres", "nats", "registry", "selector", "health", "provisioner"];

test("a busy port gives way to the next free one, which is said and kept", async () => {
  using home = scratchHome();
  await using taken = await listenOn(await findFreePort(FIRST_PORT));
  const ports = Object.fromEntries(PARTS.map((name, i) => [name, taken.port + i]));
  writeFileSync(home.in("cluster.json"), JSON.stringify({ ports }));
  const said: string[] = [];
  try {
    const cluster = await startCluster(home, (line) => said.push(line));
    expect(cluster.ports["postgres"]).not.toBe(taken.port);
    expect(new Set(Object.values(cluster.ports)).size).toBe(PARTS.length);
    expect(said).toContain(`port ${taken.port} is busy: postgres is on ${cluster.ports["postgres"]}`);
    expect((await clusterStatus(home)).map(({ name, state }) => `${name} ${state}`)).toEqual(
      PARTS.map((name) => `${name} ready`),
    );
    said.length = 0;
    expect((await startCluster(home, (line) => said.push(line))).ports).toEqual(cluster.ports);
    expect(said).toEqual([]);
  } finally {
    expect((await stopCluster(home)).sort()).toEqual([...PARTS].sort());
  }
});

test("two clusters that start at the same moment each get ports of their own", { timeout: 120_000 }, async () => {
  using one = scratchHome();
  using two = scratchHome();
  const homes = [one, two];
  const ports = Object.fromEntries(PARTS.map((name, i) => [name, FIRST_PORT + 80 + i]));
  for (const home of homes) writeFileSync(home.in("cluster.json"), JSON.stringify({ ports }));
  try {
    const clusters = await Promise.all(homes.map((home) => startCluster(home, () => undefined)));
    expect(new Set(clusters.flatMap((cluster) => Object.values(cluster.ports))).size).toBe(2 * PARTS.length);
    for (const home of homes)
      expect((await clusterStatus(home)).map(({ state }) => state)).toEqual(PARTS.map(() => "ready"));
  } finally {
    for (const home of homes) await stopCluster(home);
  }
});

test("a start that fails leaves nothing running, and says what the part that failed said", async () => {
  using home = scratchHome();
  const ports = Object.fromEntries(PARTS.map((name, i) => [name, FIRST_PORT + 40 + i]));
  writeFileSync(home.in("cluster.json"), JSON.stringify({ ports }));
  process.env["HODEI_CONFIG"] = home.in("there-is-none.toml");
  try {
    await expect(startCluster(home, () => undefined)).rejects.toThrow(/there-is-none\.toml/);
  } finally {
    delete process.env["HODEI_CONFIG"];
  }
  expect((await clusterStatus(home)).map(({ state }) => state)).toEqual(PARTS.map(() => "stopped"));
});

test("only one at a time starts or stops a home; the lock of one that died is nobody's", async () => {
  using home = scratchHome();
  await withHomeLock(home, async () => {
    await expect(withHomeLock(home, () => Promise.resolve())).rejects.toThrow(`process ${process.pid}); wait for it`);
  });
  const { identity } = await deadProcess();
  writeFileSync(home.in("run", "lock"), identity);
  expect(await withHomeLock(home, () => Promise.resolve("ours"))).toBe("ours");
});

test("a process that merely has the pid of a server is not touched", async () => {
  using home = scratchHome();
  const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    const [pid, , boot] = (processIdentity(stranger.pid ?? 0) ?? "").split(":");
    writeFileSync(home.in("run", "postgres.pid"), `${pid}:1:${boot}`);
    expect(findManaged(home, "postgres")?.isRunning).toBe(false);
    expect(await stopManaged(home, "postgres", "SIGKILL")).toBe(false);
    expect(processIdentity(stranger.pid ?? 0)).toBeDefined();
  } finally {
    stranger.kill("SIGKILL");
  }
});

async function listenOn(port: number): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

async function deadProcess(): Promise<{ identity: string }> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const identity = processIdentity(child.pid ?? 0) ?? "";
  child.kill("SIGKILL");
  await once(child, "exit");
  return { identity };
}
