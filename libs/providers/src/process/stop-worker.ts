import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hasBegun } from "./has-begun.ts";
import { conditionOf, isMissing, type WorkerCondition, type WorkerFolder } from "./worker-folder.ts";

const LOOK_MS = 20;
const START_LOOK_MS = 2;
/** A wrapper says who it is within milliseconds. */
const START_PATIENCE_MS = 10_000;
/** A killed process that is still there after this hangs in the kernel. */
const KILL_PATIENCE_MS = 10_000;

/**
 * SIGTERM to the worker's whole group, `graceSeconds`, SIGKILL; returns when it has ended. One that is just being started is waited for:
 * a stop that came too early would be lost.
 * @param isOurChild whether this process started it and it has not ended
 * @throws when it is still there after the SIGKILL
 */
export async function stopWorker(
  folder: WorkerFolder,
  clusterId: string,
  graceSeconds: number,
  isOurChild: () => boolean,
): Promise<void> {
  const look = () => conditionOf(folder, clusterId);
  const isStarting = (condition: WorkerCondition) => {
    if (condition.state === "running") return !condition.isEnding && !hasBegun(pidOf(condition));
    return condition.state === "starting" || (condition.state === "absent" && isOurChild());
  };
  const patience = performance.now() + START_PATIENCE_MS;
  while (isStarting(look()) && performance.now() < patience) await sleep(START_LOOK_MS);
  if (!signalGroup(look(), "SIGTERM")) return;
  const deadline = performance.now() + graceSeconds * 1000;
  let isKilled = false;
  while (look().state === "running") {
    const now = performance.now();
    if (now >= deadline + KILL_PATIENCE_MS) throw new Error(`${folder.name} is still there after SIGKILL`);
    if (now >= deadline && !isKilled) isKilled = kill(folder, look());
    await sleep(LOOK_MS);
  }
}

function kill(folder: WorkerFolder, condition: WorkerCondition): boolean {
  try {
    writeFileSync(folder.file("killed"), "");
  } catch (error) {
    // It ended, and was removed meanwhile.
    if (isMissing(error)) return true;
    throw error;
  }
  signalGroup(condition, "SIGKILL");
  return true;
}

/** Signals the worker's whole group, if it is still that worker. */
function signalGroup(condition: WorkerCondition, signal: NodeJS.Signals): boolean {
  if (condition.state !== "running") return false;
  const pid = pidOf(condition);
  // kill(2): 0 would be our own group, -1 everybody.
  if (!(pid > 1)) throw new Error(`${condition.identity} is no identity of a worker`);
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // It ended between the look and the signal.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

function pidOf({ identity }: { identity: string }): number {
  return Number(identity.split(":")[0]);
}
