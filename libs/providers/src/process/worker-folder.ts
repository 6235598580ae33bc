import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { currentBootId, isAlive, processIdentity } from "@hodei/runtime";

/**
 * What a worker leaves on disk, so that it is known whoever started it:
 * `started` (made exclusively by the wrapper: the command runs once, however often it is started), `pid` (by the wrapper), `identity`
 * (pid, start time and boot), `stdout`, `stderr`, `exit` (the exit code, by the wrapper), `killed` (before a SIGKILL of ours).
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
  if (readText(folder, "started") === undefined) return { state: "absent" };
  const identity = identityOf(folder);
  const recorded = readExit(folder);
  if (recorded !== undefined) return { state: "exited", identity, exitCode: recorded };
  if (isAlive(identity)) return { state: "running", identity };
  // It may have ended between the two looks.
  const late = readExit(folder);
  const killed = readText(folder, "killed") !== undefined;
  return { state: "exited", identity, exitCode: late ?? (killed ? 137 : undefined) };
}

function readExit(folder: WorkerFolder): number | undefined {
  const text = readText(folder, "exit");
  return text?.endsWith("\n") ? Number(text) : undefined;
}

/** From the record; else, when whoever started it died before writing one, from the pid that the wrapper wrote in this boot. */
function identityOf(folder: WorkerFolder): string {
  const recorded = readText(folder, "identity");
  if (recorded) return recorded;
  const [pid = "", bootId = ""] = (readText(folder, "pid") ?? "").trim().split(" ");
  const identity = bootId === currentBootId() && runsIn(Number(pid), folder) ? processIdentity(Number(pid)) : undefined;
  return identity ?? `${pid || "0"}:0:${bootId || "unknown"}`;
}

/** Whether that process is this worker's wrapper: its arguments name the folder. */
function runsIn(pid: number, folder: WorkerFolder): boolean {
  try {
    return process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(folder.path);
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
