import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { currentBootId, processIdentity } from "@hodei/runtime";

/**
 * What a worker leaves on disk, so that it is known whoever started it: `started` (its wrapper's pid, boot, cluster and /proc stat line;
 * made exclusively: the command runs once, however often it is started), `stdout`, `stderr`, `exit` (the exit code, by the wrapper),
 * `killed` (before a SIGKILL of ours).
 */
export interface WorkerFolder {
  name: string;
  path: string;
  file(name: string): string;
}

/** @throws when the name is none of a worker: it becomes a path, and `remove` deletes that path */
export function workerFolder(stateDirectory: string, name: string): WorkerFolder {
  if (!/^\w[\w.-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a worker`);
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
  /** No command was started: nothing is there, or what a start left that broke off. */
  | { state: "absent" }
  /** The wrapper is about to say who it is; nothing may be signalled yet. */
  | { state: "starting" }
  /** Started by another cluster that uses the same folder. */
  | { state: "foreign" }
  /** `isEnding`: the command has ended and the rest of its group is going; nobody will tell when it is gone, but it takes no time. */
  | { state: "running"; identity: string; startedAt: Date; isEnding: boolean }
  | { state: "exited"; identity: string; startedAt: Date; at: Date; exitCode: number | undefined };

/** What became of a worker. `exitCode` undefined: it ended without a record, and not by our hand. */
export function conditionOf(folder: WorkerFolder, clusterId: string): WorkerCondition {
  const text = readText(folder, "started");
  if (text === undefined) return { state: "absent" };
  const startedAt = modifiedAt(folder, "started");
  const isWritten = text.endsWith("\n");
  if (!isWritten && Date.now() - startedAt.getTime() < WRITE_PATIENCE_MS) return { state: "starting" };
  const record = readRecord(text);
  if (isWritten && record.clusterId !== clusterId) return { state: "foreign" };
  const identity = `${record.pid}:${record.startTime}:${record.bootId}`;
  const isAlive = isWritten && isRunning(record, folder);
  // Only now: what is gone may have ended between the two looks.
  const recorded = readExit(folder);
  if (isAlive) return { state: "running", identity, startedAt, isEnding: recorded !== undefined };
  const killed = recorded === undefined && readText(folder, "killed") !== undefined;
  const at = recorded === undefined ? new Date() : modifiedAt(folder, "exit");
  return { state: "exited", identity, startedAt, at, exitCode: recorded ?? (killed ? 137 : undefined) };
}

/** A wrapper that has not written its record after this never will: the disk was full, or the machine went down. */
const WRITE_PATIENCE_MS = 10_000;

interface StartRecord {
  pid: number;
  bootId: string;
  clusterId: string;
  /** Field 22 of the stat line; 0 where the system has none. */
  startTime: string;
}

/** `pid bootid clusterid stat-line`, as the wrapper writes it. */
function readRecord(text: string): StartRecord {
  const [pid = "0", bootId = "", clusterId = ""] = text.trimEnd().split(" ", 3);
  const statLine = text.slice(text.lastIndexOf(")") + 2);
  const startTime = (text.includes(")") && statLine.split(" ")[19]) || "0";
  return { pid: Number(pid), bootId, clusterId: decodeURIComponent(clusterId), startTime };
}

/** Whether that process is this worker's wrapper and not one that merely got its pid (design §5.1). */
function isRunning({ pid, bootId, startTime }: StartRecord, folder: WorkerFolder): boolean {
  if (!(pid > 0) || bootId !== currentBootId()) return false;
  const identity = processIdentity(pid);
  if (identity === undefined) return false;
  return startTime === "0" ? runsIn(pid, folder) : identity === `${pid}:${startTime}:${bootId}`;
}

/** Where the wrapper could not read its start time, its arguments tell: they name the folder. */
function runsIn(pid: number, folder: WorkerFolder): boolean {
  try {
    if (process.platform !== "linux") return psCommand(pid).includes(folder.path);
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(folder.path);
  } catch {
    // No such process: that is the answer.
    return false;
  }
}

function psCommand(pid: number): string {
  return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8", timeout: 2000 });
}

function readExit(folder: WorkerFolder): number | undefined {
  const text = readText(folder, "exit");
  return text?.endsWith("\n") ? Number(text) : undefined;
}

function modifiedAt(folder: WorkerFolder, file: string): Date {
  return statSync(folder.file(file), { throwIfNoEntry: false })?.mtime ?? new Date();
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
