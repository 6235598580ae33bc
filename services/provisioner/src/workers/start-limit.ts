/** Longest delay that a timer takes. */
const LONGEST_TIMER_MS = 2_000_000_000;

/** Cuts a start short: when its worker is to be ended, or its time is over. */
export interface StartLimit extends Disposable {
  readonly signal: AbortSignal;
  readonly isTimedOut: boolean;
}

/**
 * Dispose it once the start has answered: unlike `AbortSignal.timeout` and `any`, nothing then stays behind until the time is over, which
 * is minutes for a start of milliseconds. `leftMs` `null` = as long as it takes.
 */
export function openStartLimit(ended: AbortSignal, leftMs: number | null): StartLimit {
  const controller = new AbortController();
  let isTimedOut = false;
  const stop = () => controller.abort(ended.reason);
  const timer =
    leftMs === null
      ? undefined
      : setTimeout(
          () => {
            isTimedOut = true;
            controller.abort(new DOMException("the start took too long", "TimeoutError"));
          },
          Math.ceil(Math.min(LONGEST_TIMER_MS, Math.max(1, leftMs))),
        );
  if (ended.aborted) stop();
  else ended.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    get isTimedOut() {
      return isTimedOut;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      ended.removeEventListener("abort", stop);
    },
  };
}
