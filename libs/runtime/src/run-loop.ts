import { type Backoff, makeBackoff } from "./backoff.ts";
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
  /** Waits between failed turns; default 100 ms growing to 5 s. */
  backoff?: Backoff;
}

/** One turn at a time until the signal aborts; backs off while failing, sleeps while idle (style: one loop helper). */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { step, signal, idleMs, wake = makeWake(), onError, onRecovered, backoff = makeBackoff(100, 5_000) } = options;
  const neverWoken = makeWake();
  let isFailing = false;
  while (!signal.aborted) {
    try {
      const more = await step(signal);
      if (isFailing) onRecovered?.();
      isFailing = false;
      backoff.reset();
      if (!more) await wake.wait(idleMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isFailing) onError(error);
      isFailing = true;
      // A wake cuts an idle wait short, not this one: what fails is not tried at the rate of the news.
      await neverWoken.wait(backoff.next(), signal);
    }
  }
}
