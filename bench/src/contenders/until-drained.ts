import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "./contender.ts";

const LOOK_MS = 5;

/**
 * Waits until `count` jobs have run since the contender was opened and its store has none that is not finished: the workers' own
 * count says when to look, the store says when it is done. The same for all.
 * @returns how many have run when that is so, or when the time is over
 */
export async function untilDrained(contender: Contender, count: number, patienceMs: number): Promise<number> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const handled = await contender.handled();
    if (handled >= count && (await contender.unfinished()) === 0) return handled;
    if (performance.now() > deadline) return handled;
    await sleep(LOOK_MS);
  }
}
