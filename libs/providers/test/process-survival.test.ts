import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { scratchDirectory, waitFor } from "@hodei/testing";
import { afterEach, expect, test } from "vitest";
import { followExits } from "../src/conformance/follow-exits.ts";
import { collect, firstOf, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import type { WorkerHandle } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";
import { processesUnder } from "./processes-under.ts";

const OWNER = fileURLToPath(new URL("./fixtures/process-owner.ts", import.meta.url));
const CLUSTER = "cluster-under-test";
const signal = () => AbortSignal.timeout(20_000);
const open = (path: string) =>
  openProvider("process", { type: "process" }, adapterContext(path, { clusterId: CLUSTER }));

const folders: string[] = [];
afterEach(() => {
  expect(folders.splice(0).flatMap(processesUnder)).toEqual([]);
});

async function scratch() {
  const directory = await scratchDirectory();
  folders.push(directory.path);
  return directory;
}

const endsItsLine = (path: string) => existsSync(path) && readFileSync(path, "utf8").endsWith("\n");

/** Killed once the worker has said who it is: before that, the next provisioner may start it, as a test below has it. */
async function startAndKillOwner(folder: string, name: string, command: string[]) {
  const { child, exit, said } = await runOwner(folder, "start", name, command);
  await waitFor("the worker to say who it is", () => endsItsLine(join(folder, "workers", name, "started")));
  child.kill("SIGKILL");
  await exit;
  return said as WorkerHandle;
}

/** Runs the owner in a process group of its own; answers what it said first. */
async function runOwner(folder: string, act: string, name: string, command: string[] = []) {
  const child = spawn(process.execPath, [OWNER, folder, CLUSTER, act, name, ...command], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const first = once(createInterface(child.stdout), "line").then(([line]) => JSON.parse(line) as unknown);
  const said = await Promise.race([first, exit.then(([code, by]) => ({ endedBy: by ?? code }))]);
  return { child, exit, said };
}

test("a provisioner that is killed leaves its worker running; the next one has its output and its end", async () => {
  await using directory = await scratch();
  const gate = join(directory.path, "gate");
  const script = 'echo before; while ! [ -e "$1" ]; do sleep 0.05; done; echo after; echo apart >&2; exit 9';
  const { name } = workerOf([]);
  const handle = await startAndKillOwner(directory.path, name, ["sh", "-c", script, "sh", gate]);
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  expect(await provider.list(signal())).toMatchObject([
    { name, resourceId: handle.resourceId, state: "running", adopted: true },
  ]);
  const chunk = await firstOf(provider.logs(name, {}, signal()));
  writeFileSync(gate, "");
  const rest = await collect(provider.logs(name, { stdout: chunk?.bytes ?? 0 }, signal()));
  expect(chunk?.text).toBe("before\n");
  expect(textOf(rest, "stdout")).toBe("after\n");
  expect(textOf(rest, "stderr")).toBe("apart\n");
  expect(await exits.of(name)).toMatchObject({ exitCode: 9, resourceId: handle.resourceId });
  await exits.close();
});

test("an end while no provisioner lived is told with its own exit code and its own time", async () => {
  await using directory = await scratch();
  const { name } = workerOf([]);
  await startAndKillOwner(directory.path, name, ["sh", "-c", "echo done; exit 3"]);
  const record = join(directory.path, "workers", name, "exit");
  await waitFor("the worker's own record", () => endsItsLine(record));
  const known = new Date();
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  const exit = await exits.of(name);
  expect(exit).toMatchObject({ exitCode: 3 });
  expect(exit.at.getTime()).toBeLessThanOrEqual(known.getTime());
  expect(textOf(await collect(provider.logs(name, {}, signal())), "stdout")).toBe("done\n");
  await exits.close();
  await provider.remove(name);
  expect(existsSync(join(directory.path, "workers", name))).toBe(false);
});

test("a worker that another provisioner started can be stopped", async () => {
  await using directory = await scratch();
  const { name } = workerOf([]);
  await startAndKillOwner(directory.path, name, ["sleep", "60"]);
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  expect(await provider.start({ ...workerOf(["sleep", "60"]), name }, signal())).toMatchObject({ adopted: true });
  await provider.stop(name, 10);
  expect(await exits.of(name)).toMatchObject({ exitCode: 143 });
  await exits.close();
});

test("a start that broke off before the command ran is done again, once", async () => {
  await using directory = await scratch();
  const worker = workerOf(["sh", "-c", "echo ran"]);
  const folder = join(directory.path, "workers", worker.name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "stdout"), "");
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  expect(await provider.list(signal())).toEqual([]);
  expect(await provider.start(worker, signal())).toMatchObject({ adopted: false });
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
  expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("ran\n");
  await exits.close();
});

test("a worker that has not yet said who it is is never signalled: its number would be our own group's", async () => {
  await using directory = await scratch();
  const { name } = workerOf([]);
  const folder = join(directory.path, "workers", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "started"), "");
  const { said, exit } = await runOwner(directory.path, "stop", name);
  expect(said).toBe("looked");
  // What the wrapper would write, of a process that is gone: now the stop may go on.
  writeFileSync(join(folder, "started"), `12345 no-boot ${CLUSTER}\n`);
  expect(await exit).toEqual([0, null]);
});

test("a pid that somebody else has now is not our worker", async () => {
  await using directory = await scratch();
  const { name } = workerOf([]);
  const folder = join(directory.path, "workers", name);
  const stranger = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  mkdirSync(folder, { recursive: true });
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const statLine = `${stranger.pid} (sh) S ${"1 ".repeat(18)}12345`;
  writeFileSync(join(folder, "started"), `${stranger.pid} ${bootId} ${CLUSTER} ${statLine}\n`);
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  expect(await exits.of(name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  await provider.stop(name, 0);
  await provider.remove(name);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill("SIGKILL");
  expect((await once(stranger, "exit"))[1]).toBe("SIGKILL");
  await exits.close();
});

test("a wrapper that is killed leaves no exit code: the worker is lost, and what it ran does not run on", async () => {
  await using directory = await scratch();
  await using provider = await open(directory.path);
  const exits = followExits(provider);
  const worker = workerOf(["sh", "-c", "echo on; sleep 60"]);
  const { resourceId } = await provider.start(worker, signal());
  await firstOf(provider.logs(worker.name, {}, signal()));
  process.kill(Number(resourceId.split(":")[0]), "SIGKILL");
  expect(await exits.of(worker.name)).toMatchObject({ resourceId, failure: { code: "WORKER_LOST" } });
  await waitFor("the command to be gone", () => processesUnder(directory.path).length === 0);
  await exits.close();
  await provider.remove(worker.name);
  expect(existsSync(join(directory.path, "workers", worker.name))).toBe(false);
});
