import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Starts a process of that name, its output appended to `logs/<name>.log`. */
export function startManaged(
  home: Home,
  name: string,
  { command, args, env = process.env, owner }: StartOptions,
): void {
  const log = openSync(home.in("logs", `${name}.log`), "a", 0o600);
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
  rmSync(pidFile(home, name), { force: true });
  if (!identity || !managed?.isRunning) return false;
  process.kill(managed.pid, signal);
  const deadline = performance.now() + patienceMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) process.kill(managed.pid, "SIGKILL");
    await sleep(20);
  }
  return true;
}

/** The end of its log, for an error message. */
export function lastLogLines(home: Home, name: string, lines = 5): string {
  try {
    return readFileSync(home.in("logs", `${name}.log`), "utf8")
      .trimEnd()
      .split("\n")
      .slice(-lines)
      .join("\n");
  } catch {
    // No log, no lines.
    return "";
  }
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
