import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processIdentity } from "@hodei/runtime";
import type { Home } from "./home.ts";

/** Longer than a start takes, or fails. */
const TURN_MS = 60_000;
let locks = 0;

/**
 * Lets one at a time start or stop what is in a home: two at once would start two of each, and know one.
 * @throws naming the process that does, when there is one
 */
export async function withHomeLock<T>(home: Home, work: () => Promise<T>): Promise<T> {
  const path = home.in("run", "lock");
  const holder = tryLock(path);
  if (holder !== undefined)
    throw new Error(`another hodei is starting or stopping this cluster (process ${holder}); wait for it`);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Waits until no other cluster of this user starts on this machine: two that look for free ports at the same time find the same ones.
 * Who waits too long goes on without: then a port that is lost in between is an error, and not a second cluster behind the first one's back.
 */
export async function withStartTurn<T>(work: () => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `hodei-start-${process.getuid?.() ?? 0}.lock`);
  const deadline = performance.now() + TURN_MS;
  let isOurs = tryLock(path) === undefined;
  while (!isOurs && performance.now() < deadline) {
    await sleep(100);
    isOurs = tryLock(path) === undefined;
  }
  try {
    return await work();
  } finally {
    if (isOurs) rmSync(path, { force: true });
  }
}

/** Takes a lock; else the pid of its holder. The lock of a process that has died is nobody's. */
function tryLock(path: string): string | undefined {
  locks += 1;
  const own = `${path}.${process.pid}.${locks}`;
  writeFileSync(own, processIdentity(process.pid) ?? "", { mode: 0o600, flag: "wx" });
  try {
    // A link comes into being with its content, or not at all.
    while (!tryLink(own, path)) {
      const holder = readLock(path);
      if (holder !== undefined && isAlive(holder)) return holder.split(":")[0];
      rmSync(path, { force: true });
    }
    return undefined;
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Let go of in between: that is the answer.
    return undefined;
  }
}
