import { Code } from "@connectrpc/connect";
import { type Failure, failureOf } from "../api/failure.ts";
import { makeStore } from "./make-store.ts";

/** Whether what is shown is what is. */
export interface Connection {
  /** Why not, by stream; empty = all that is open is live. */
  lost: ReadonlyMap<string, Failure>;
  /** Since when, in milliseconds of the epoch. */
  lostAt?: number | undefined;
  /** When it is tried again. */
  retryAt?: number | undefined;
  /** The API asks who this is. */
  needsToken: boolean;
}

const LIVE: Connection = { lost: new Map(), needsToken: false };
export const connection = makeStore<Connection>(LIVE);
const wakers = new Set<() => void>();

export function streamIsUp(name: string): void {
  const now = connection.get();
  if (!now.lost.has(name) && !now.needsToken) return;
  const lost = new Map(now.lost);
  lost.delete(name);
  connection.set(lost.size === 0 ? LIVE : { ...now, lost, needsToken: false });
}

export function streamIsLost(name: string, error: unknown, retryAt: number): void {
  const now = connection.get();
  const failure = failureOf(error);
  connection.set({
    lost: new Map(now.lost).set(name, failure),
    lostAt: now.lostAt ?? Date.now(),
    retryAt: Math.min(retryAt, (now.retryAt ?? 0) > Date.now() ? (now.retryAt ?? retryAt) : retryAt),
    needsToken: failure.code === Code.Unauthenticated,
  });
}

/** A stream that nobody wants any more says nothing of the connection. */
export function streamIsClosed(name: string): void {
  const now = connection.get();
  if (!now.lost.has(name)) return;
  const lost = new Map(now.lost);
  lost.delete(name);
  connection.set(lost.size === 0 ? LIVE : { ...now, lost });
}

/** Every stream that waits tries now. */
export function tryNow(): void {
  for (const wake of [...wakers]) wake();
}

/** Waits so long, or until somebody says now, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      wakers.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    wakers.add(done);
    signal.addEventListener("abort", done, { once: true });
  });
}

addEventListener("online", tryNow);
