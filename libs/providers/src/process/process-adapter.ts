import { spawn } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { arch, availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Capabilities, ProcessConfig } from "@hodei/contracts";
import { makeExitQueue } from "../exit-queue.ts";
import {
  type AdapterContext,
  type Health,
  type Provider,
  type ProviderAdapter,
  StartError,
  type WorkerHandle,
  type WorkerSpec,
} from "../provider.ts";
import { findProgram } from "./find-program.ts";
import { readOutput } from "./read-output.ts";
import { spawnWorker, workerEnvironment } from "./spawn-worker.ts";
import { conditionOf, type WorkerFolder, workerFolder, workerNames } from "./worker-folder.ts";

/** How often an adopted worker, which is no child of ours, is looked at. */
const ADOPTED_CHECK_MS = 250;
const KILL_CHECK_MS = 50;

/** Workers are processes of this machine, each a group of its own; they outlive the provisioner and are adopted again. */
export const localProcess: ProviderAdapter<ProcessConfig> = {
  parse: (config) => ProcessConfig.parse(config),
  open: async (config, context) => openProcessProvider(config, context),
};

function openProcessProvider(config: ProcessConfig, { stateDirectory }: AdapterContext): Provider {
  const exits = makeExitQueue();
  const folderOf = (name: string) => workerFolder(stateDirectory, name);
  /** Running workers that are no children of ours. */
  const adopted = new Set<string>();
  /** Workers that this process started. */
  const children = new Map<string, WorkerHandle>();
  const reported = new Set<string>();
  const timer = setInterval(() => {
    for (const name of adopted) reportEnd(name);
  }, ADOPTED_CHECK_MS);

  function reportEnd(name: string): void {
    const condition = conditionOf(folderOf(name));
    if (condition.state === "exited") tell(name, condition.identity, condition.exitCode);
  }

  function tell(name: string, resourceId: string, exitCode: number | undefined): void {
    if (reported.has(name)) return;
    reported.add(name);
    adopted.delete(name);
    const started = children.get(name)?.startedAt;
    exits.push({
      name,
      resourceId,
      at: new Date(),
      ...(started && { startedAt: started }),
      ...(exitCode === undefined
        ? { failure: { code: "WORKER_LOST" as const, detail: "the process ended and left no exit code" } }
        : { exitCode }),
    });
  }

  /** Our own child is gone. A wrapper that found the worker started by somebody else leaves that one to be followed. */
  function childEnded(name: string, identity: string): void {
    const condition = conditionOf(folderOf(name));
    if (condition.state === "running") adopted.add(name);
    else if (condition.state === "absent") tell(name, identity, undefined);
    else reportEnd(name);
  }

  function adopt(name: string): WorkerHandle | undefined {
    const condition = conditionOf(folderOf(name));
    const child = children.get(name);
    if (condition.state === "absent") return child && { ...child, adopted: true };
    if (condition.state === "running" && !child) adopted.add(name);
    if (condition.state === "exited") reportEnd(name);
    return {
      name,
      resourceId: condition.identity,
      state: condition.state,
      adopted: true,
      ...(child?.startedAt && { startedAt: child.startedAt }),
    };
  }

  async function start(worker: WorkerSpec): Promise<WorkerHandle> {
    const folder = folderOf(worker.name);
    const known = adopt(worker.name);
    if (known) return known;
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    const cwd = workingDirectory(config, folder);
    const env = workerEnvironment(worker.env);
    const [program = "", ...rest] = worker.job.command ?? [];
    const path = findProgram(program, env["PATH"] ?? "", cwd);
    if (path === undefined)
      throw new StartError("COMMAND_NOT_FOUND", `${JSON.stringify(program)} is no program on this machine`);
    const { child, identity } = await spawnWorker(folder, [path, ...rest], { cwd, env });
    const handle: WorkerHandle = {
      name: worker.name,
      resourceId: identity,
      state: "running",
      adopted: false,
      startedAt: new Date(),
    };
    children.set(worker.name, handle);
    child.once("exit", () => childEnded(worker.name, identity));
    return handle;
  }

  return {
    check: () => checkSpawn(),
    start,
    async *watch(signal) {
      for (const name of await workerNames(stateDirectory)) adopt(name);
      yield* exits.watch(signal);
    },
    logs(name, position, signal) {
      const folder = folderOf(name);
      return readOutput(folder, position, () => conditionOf(folder).state === "exited", signal);
    },
    async stop(name, graceSeconds) {
      const folder = folderOf(name);
      if (!signalGroup(folder, "SIGTERM")) return;
      const deadline = performance.now() + graceSeconds * 1000;
      while (conditionOf(folder).state === "running") {
        if (performance.now() >= deadline) {
          writeFileSync(folder.file("killed"), "");
          signalGroup(folder, "SIGKILL");
        }
        await sleep(KILL_CHECK_MS);
      }
      reportEnd(name);
    },
    async remove(name) {
      const folder = folderOf(name);
      if (conditionOf(folder).state === "running") return;
      await rm(folder.path, { recursive: true, force: true });
      children.delete(name);
      reported.delete(name);
      adopted.delete(name);
    },
    async list() {
      const names = await workerNames(stateDirectory);
      return names.flatMap((name) => adopt(name) ?? []);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
    },
  };
}

/** The worker's own empty folder, unless the provider names one; that one is the operator's to make. */
function workingDirectory({ working_directory: configured }: ProcessConfig, folder: WorkerFolder): string {
  if (configured === undefined) {
    const own = join(folder.path, "work");
    mkdirSync(own, { recursive: true });
    return own;
  }
  if (!statSync(configured, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StartError(
      "PROVIDER_ERROR",
      `working_directory ${configured} is no folder on this machine; make it, or change the configuration`,
    );
  }
  return configured;
}

/** Signals the worker's whole group, if it is still that worker. */
function signalGroup(folder: WorkerFolder, signal: NodeJS.Signals): boolean {
  const condition = conditionOf(folder);
  if (condition.state !== "running") return false;
  try {
    process.kill(-Number(condition.identity.split(":")[0]), signal);
    return true;
  } catch (error) {
    // It ended between the look and the signal.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

const CHECK_TIMEOUT_MS = 5_000;

/** Healthy = a process can be started and ends well. */
async function checkSpawn(): Promise<Health> {
  const { promise, resolve } = Promise.withResolvers<Health>();
  const child = spawn("/bin/sh", ["-c", ":"], { stdio: "ignore", timeout: CHECK_TIMEOUT_MS });
  child.once("error", (error) => resolve({ state: "unhealthy", code: "PROVIDER_ERROR", detail: error.message }));
  child.once("exit", (code) => {
    if (code === 0) resolve({ state: "healthy", capabilities: machineCapabilities() });
    else
      resolve({
        state: "unhealthy",
        code: "PROVIDER_ERROR",
        detail: `a test process ended with ${code ?? "a signal"}`,
      });
  });
  return await promise;
}

/** This machine, in Kubernetes' names for architectures. */
function machineCapabilities(): Capabilities {
  const all = { cpuMillis: availableParallelism() * 1000, memoryBytes: totalmem() };
  return { architecture: arch() === "x64" ? "amd64" : arch(), perWorker: all, total: all };
}
