import { setTimeout as sleep } from "node:timers/promises";

/** Waits; when the signal aborts it ends early and says nothing: whoever loops looks at the signal next. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects only because it was aborted.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
