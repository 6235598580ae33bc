import { setTimeout as sleep } from "node:timers/promises";

/** Thrown by what is asked when it can never come: waiting ends at once. */
export class HopelessError extends Error {}

const SHORTEST_ASK_MS = 1_000;

/** Waits for what can only be seen by asking; the error names what did not come, with the last answer. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const leftMs = Math.max(SHORTEST_ASK_MS, deadline - performance.now());
      const answer = await within(`an answer about ${what}`, leftMs, async () => await ask());
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      last = error;
    }
    if (performance.now() > deadline)
      throw told(`waited ${deadlineMs / 1000} s for ${what}; last answer: ${String(last)}`);
    await sleep(20);
  }
}

/** What may hang is given a time and a name: the test then fails with these words instead of its own time limit. */
export async function within<T>(what: string, deadlineMs: number, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(told(`waited ${Math.round(deadlineMs) / 1000} s for ${what}`)),
    deadlineMs,
  );
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Printed too: what is put away after it may take so long that the test ends by its own limit, without these words. */
function told(message: string): Error {
  process.stderr.write(`${message}\n`);
  return new Error(message);
}
