import type { HeldWorker } from "./held-worker.ts";

/** Longest delay that a timer takes; a later deadline is set again when it fires. */
const LONGEST_TIMER_MS = 2_000_000_000;

/** Calls back when the worker has run for as long as it may. */
export function armDeadline(worker: HeldWorker, onDue: () => void): void {
  const { startedAt, claim } = worker;
  const leftMs = (startedAt?.getTime() ?? Date.now()) + claim.runTimeoutSeconds * 1000 - Date.now();
  const due = leftMs > LONGEST_TIMER_MS ? () => armDeadline(worker, onDue) : onDue;
  worker.deadline = setTimeout(due, Math.min(LONGEST_TIMER_MS, Math.max(0, leftMs)));
  worker.deadline.unref();
}
