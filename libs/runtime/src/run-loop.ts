import { makeBackoff } from "./backoff.ts";
import { makeWake, type Wake } from "./wake.ts";

export interface LoopOptions {
  name: string;
  /** One piece of work; true = more is waiting, go on at once. */
  step: (signal: AbortSignal) => Promise<boolean>;
  signal: AbortSignal;
  /** How long to sleep when there was nothing to do; cut short by `wake`. */
  idleMs: number;
  wake?: Wake;
  /** Called once per outage, not per failed turn. */
  onError: (error: unknown) => void;
  /** Called when a turn succeeds after an outage. */
  onRecovered?: () => void;
}

/** One turn at a time until the signal aborts; backs off while failing, sleeps while idle (style: one loop helper). */
export async function runLoop({ step, signal, idleMs, wake = makeWake(), onError, onRecovered }: LoopOptions): Promise<void> {
  const backoff = makeBackoff(100, 5_000);
  let isFailing = false;
  while (!signal.aborted) {
    let waitMs = idleMs;
    try {
      const more = await step(signal);
      if (isFailing) onRecovered?.();
      isFailing = false;
      backoff.reset();
      if (more) continue;
    } catch (error) {
      if (signal.aborted) return;
      if (!isFailing) onError(error);
      isFailing = true;
      waitMs = backoff.next();
    }
    await wake.wait(waitMs, signal);
  }
}
