import { once } from "node:events";
import { mkdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ProcessConfig } from "@hodei/contracts";
import { currentBootId, processIdentity } from "@hodei/runtime";
import { makeExitQueue } from "../exit-queue.ts";
import {
  type AdapterContext,
  type Provider,
  type ProviderAdapter,
  StartError,
  type WorkerExit,
  type WorkerHandle,
  type WorkerSpec,
} from "../provider.ts";
import { makeAdoptedWorkers } from "./adopted-workers.ts";
import { checkMachine } from "./check-machine.ts";
import { asStartError } from "./classify-spawn-error.ts";
import { findProgram } from "./find-program.ts";
import { killRemains } from "./kill-remains.ts";
import { readOutput } from "./read-output.ts";
import { spawnWorker, workerEnvironment } from "./spawn-worker.ts";
import { stopWorker } from "./stop-worker.ts";
import { conditionOf, type WorkerFolder, workerFolder, workerNames } from "./worker-folder.ts";

/** Workers are processes of this machine, each a group of its own; they outlive the provisioner and are adopted again. */
export const localProcess: ProviderAdapter<ProcessConfig> = {
  parse: (config) => ProcessConfig.parse(config),
  open: async (config, context) => openProcessProvider(config, context),
};

interface Child {
  handle: WorkerHandle;
  hasEnded: boolean;
}

function openProcessProvider(config: ProcessConfig, { stateDirectory, clusterId }: AdapterContext): Provider {
  const exits = makeExitQueue();
  const folderOf = (name: string) => workerFolder(stateDirectory, name);
  const look = (name: string) => conditionOf(folderOf(name), clusterId);
  /** Workers that this process started and nobody removed. */
  const children = new Map<string, Child>();
  const isOurChild = (name: string) => children.get(name)?.hasEnded === false;
  const reported = new Set<string>();
  const adopted = makeAdoptedWorkers(reportEnd);

  function reportEnd(name: string): void {
    const condition = look(name);
    if (condition.state !== "exited") return;
    const { identity: resourceId, startedAt, at, exitCode } = condition;
    tell({ name, resourceId, startedAt, at, ...(exitCode === undefined ? lost(resourceId) : { exitCode }) });
  }

  function tell(exit: WorkerExit): void {
    if (reported.has(exit.name)) return;
    reported.add(exit.name);
    adopted.delete(exit.name);
    exits.push(exit);
  }

  /** Our own child is gone. A wrapper that found the worker started by somebody else leaves that one to be followed. */
  function childEnded(name: string, child: Child): void {
    child.hasEnded = true;
    const { state } = look(name);
    if (state === "running" || state === "starting") adopted.add(folderOf(name));
    else if (state === "exited") reportEnd(name);
    else tell({ name, resourceId: child.handle.resourceId, at: new Date(), ...lost(child.handle.resourceId) });
  }

  function progressOf(name: string): "running" | "ending" | "ended" {
    const condition = look(name);
    if (condition.state === "running") return condition.isEnding ? "ending" : "running";
    if (condition.state === "absent") return isOurChild(name) ? "running" : "ended";
    return condition.state === "starting" ? "running" : "ended";
  }

  function adopt(name: string): WorkerHandle | undefined {
    const condition = look(name);
    const child = children.get(name);
    if (condition.state === "absent") return child && { ...child.handle, adopted: true };
    if (condition.state === "foreign") return undefined;
    if (condition.state === "exited") reportEnd(name);
    else if (!isOurChild(name)) adopted.add(folderOf(name));
    if (condition.state === "starting")
      return { name, resourceId: child?.handle.resourceId ?? name, state: "starting", adopted: true };
    const { state, identity: resourceId, startedAt } = condition;
    return { name, resourceId, state, adopted: true, startedAt };
  }

  async function start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    signal.throwIfAborted();
    const { name } = worker;
    const known = adopt(name);
    if (known) return known;
    const folder = folderOf(name);
    if (look(name).state === "foreign")
      throw new StartError("PROVIDER_ERROR", `a worker named ${name} is there already and belongs to another cluster`);
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    const cwd = workingDirectory(config, folder);
    const env = workerEnvironment(worker.env);
    const [program = "", ...rest] = worker.job.command ?? [];
    const path = findProgram(program, env["PATH"] ?? "", cwd);
    if (path === undefined)
      throw new StartError("COMMAND_NOT_FOUND", `${JSON.stringify(program)} is no program on this machine`);
    try {
      return await spawnChild(folder, [path, ...rest], { cwd, env });
    } catch (error) {
      throw asStartError(error);
    }
  }

  /** The child is known here before anybody else can run: a stop that comes now finds it. */
  async function spawnChild(
    folder: WorkerFolder,
    command: readonly string[],
    { cwd, env }: { cwd: string; env: Record<string, string> },
  ): Promise<WorkerHandle> {
    const spawned = spawnWorker(folder, command, { cwd, env, clusterId });
    const { name } = folder;
    const { pid } = spawned;
    if (pid === undefined) throw (await once(spawned, "error"))[0];
    const resourceId = processIdentity(pid) ?? `${pid}:0:${currentBootId()}`;
    const handle: WorkerHandle = { name, resourceId, state: "running", adopted: false, startedAt: new Date() };
    const child: Child = { handle, hasEnded: false };
    children.set(name, child);
    spawned.once("exit", () => childEnded(name, child));
    return handle;
  }

  return {
    check: checkMachine,
    start,
    async *watch(signal) {
      for (const name of await workerNames(stateDirectory)) adopt(name);
      yield* exits.watch(signal);
    },
    logs: (name, position, signal) => readOutput(folderOf(name), position, () => progressOf(name), signal),
    async stop(name, graceSeconds) {
      await stopWorker(folderOf(name), clusterId, graceSeconds, () => isOurChild(name));
      reportEnd(name);
    },
    async remove(name) {
      const { state } = look(name);
      if (state === "running" || state === "starting" || state === "foreign" || isOurChild(name)) return;
      await rm(folderOf(name).path, { recursive: true, force: true });
      children.delete(name);
      reported.delete(name);
      adopted.delete(name);
    },
    async list() {
      const names = await workerNames(stateDirectory);
      return names.flatMap((name) => adopt(name) ?? []);
    },
    async [Symbol.asyncDispose]() {
      adopted.close();
    },
  };
}

/** A worker that ended without a record; what still runs of its group goes too, or it would run beside the next attempt. */
function lost(identity: string): Pick<WorkerExit, "failure"> {
  killRemains(identity);
  return { failure: { code: "WORKER_LOST", detail: "the process ended and left no exit code" } };
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
