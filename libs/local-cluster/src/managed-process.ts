import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processIdentity } from "@hodei/runtime";
import type { Home } from "./home.ts";
import type { Owner } from "./unprivileged-user.ts";

/** A process in the background that outlives whoever started it, known by pid, start time and boot. */
export interface ManagedProcess {
  name: string;
  pid: number;
  isRunning: boolean;
}

export interface StartOptions {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  owner?: Owner;
}

/** A log longer than this becomes `<name>.log.1` at the next start, in place of the one before. */
const LOG_BYTES = 64 * 1024 * 1024;

/**
 * Starts a process of that name, its output appended to `logs/<name>.log`.
 * @returns where in that log its own lines begin, in bytes
 * @throws when one of that name runs already: its pid is the only way to stop it
 */
export function startManaged(
  home: Home,
  name: string,
  { command, args, env = process.env, owner }: StartOptions,
): number {
  const running = findManaged(home, name);
  if (running?.isRunning) throw new Error(`${name} runs already, as process ${running.pid}`);
  const path = logFile(home, name);
  if (logSize(path) > LOG_BYTES) renameSync(path, `${path}.1`);
  const logStart = logSize(path);
  const log = openSync(path, "a", 0o600);
  try {
    const child = spawn(command, args, {
      detached: true,
      env,
      cwd: owner ? "/" : process.cwd(),
      stdio: ["ignore", log, log],
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    });
    if (child.pid === undefined) throw new Error(`${command} could not be started`);
    child.unref();
    writeFileSync(pidFile(home, name), processIdentity(child.pid) ?? "", { mode: 0o600 });
    return logStart;
  } finally {
    closeSync(log);
  }
}

/** What became of the process of that name; `undefined` when none was started. */
export function findManaged(home: Home, name: string): ManagedProcess | undefined {
  const identity = readIdentity(home, name);
  if (identity === undefined) return undefined;
  return { name, pid: Number(identity.split(":")[0]), isRunning: identity !== "" && isAlive(identity) };
}

/** Ends it, politely and after `patienceMs` by SIGKILL; false when it was not running. Never touches a process that merely has its pid. */
export async function stopManaged(
  home: Home,
  name: string,
  signal: NodeJS.Signals,
  patienceMs = 10_000,
): Promise<boolean> {
  const identity = readIdentity(home, name);
  const managed = findManaged(home, name);
  const isRunning = Boolean(identity && managed?.isRunning);
  if (identity && managed?.isRunning) {
    sendSignal(managed.pid, signal);
    const deadline = performance.now() + patienceMs;
    while (isAlive(identity)) {
      if (performance.now() > deadline) sendSignal(managed.pid, "SIGKILL");
      await sleep(20);
    }
  }
  // Only now: whoever is interrupted before leaves a process that can still be found.
  rmSync(pidFile(home, name), { force: true });
  return isRunning;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal: that is what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The end of its log, for an error message. */
export function lastLogLines(home: Home, name: string, lines = 5): string {
  try {
    return readFileSync(logFile(home, name), "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    // No log, no lines.
    return "";
  }
}

/** What it logged from that byte on. */
export function logSince(home: Home, name: string, offset: number): string {
  return readFileSync(logFile(home, name)).subarray(offset).toString();
}

function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function logFile(home: Home, name: string): string {
  return home.in("logs", `${name}.log`);
}

function pidFile(home: Home, name: string): string {
  return home.in("run", `${name}.pid`);
}

function readIdentity(home: Home, name: string): string | undefined {
  try {
    return readFileSync(pidFile(home, name), "utf8");
  } catch {
    // Never started, or stopped: that is the answer.
    return undefined;
  }
}
