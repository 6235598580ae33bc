import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { currentBootId, processIdentity } from "@hodei/runtime";

/**
 * What a worker leaves on disk, so that it is known whoever started it: `started` (pid and boot of its wrapper, made exclusively: the
 * command runs once, however often it is started), `stdout`, `stderr`, `exit` (the exit code, by the wrapper), `killed` (before a SIGKILL
 * of ours).
 */
export interface WorkerFolder {
  name: string;
  path: string;
  file(name: string): string;
}

export function workerFolder(stateDirectory: string, name: string): WorkerFolder {
  const path = join(stateDirectory, "workers", name);
  return { name, path, file: (file) => join(path, file) };
}

/** Names of all workers that were ever made here and not removed. */
export async function workerNames(stateDirectory: string): Promise<string[]> {
  try {
    return await readdir(join(stateDirectory, "workers"));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export type WorkerCondition =
  | { state: "absent" }
  | { state: "running"; identity: string }
  | { state: "exited"; identity: string; exitCode: number | undefined };

/** What became of a worker. `exitCode` undefined: it ended without a record, and not by our hand. */
export function conditionOf(folder: WorkerFolder): WorkerCondition {
  const started = readText(folder, "started");
  if (started === undefined) return { state: "absent" };
  const [pid = "0", bootId = ""] = started.trim().split(" ");
  // Made, and not written yet: the wrapper is between the two.
  if (!started.endsWith("\n") && isFresh(folder)) return { state: "running", identity: `0:0:${currentBootId()}` };
  const recorded = readExit(folder);
  if (recorded !== undefined) return { state: "exited", identity: `${pid}:0:${bootId}`, exitCode: recorded };
  const identity = bootId === currentBootId() && runsIn(Number(pid), folder) ? processIdentity(Number(pid)) : undefined;
  if (identity) return { state: "running", identity };
  // It may have ended between the two looks.
  const late = readExit(folder);
  const killed = readText(folder, "killed") !== undefined;
  return { state: "exited", identity: `${pid}:0:${bootId}`, exitCode: late ?? (killed ? 137 : undefined) };
}

const FRESH_MS = 10_000;

function isFresh(folder: WorkerFolder): boolean {
  const made = statSync(folder.file("started"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - made < FRESH_MS;
}

function readExit(folder: WorkerFolder): number | undefined {
  const text = readText(folder, "exit");
  return text?.endsWith("\n") ? Number(text) : undefined;
}

/** Whether that process is this worker's wrapper and not one that merely got its pid: its arguments name the folder. */
function runsIn(pid: number, folder: WorkerFolder): boolean {
  try {
    return (
      process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(folder.path)
    );
  } catch {
    // No such process: that is the answer.
    return false;
  }
}

function readText(folder: WorkerFolder, file: string): string | undefined {
  try {
    return readFileSync(folder.file(file), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
