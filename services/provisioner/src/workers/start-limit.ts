/** Longest delay that a timer takes. */
const LONGEST_TIMER_MS = 2_000_000_000;
/** Timers of the same length are one list: a deadline is this much late at most, and many starts arm few timers. */
const TIMER_STEP_MS = 100;

/** Cuts a start short: when its worker is to be ended, or its time is over. */
export interface StartLimit extends Disposable {
  readonly signal: AbortSignal;
  readonly isTimedOut: boolean;
  cut(): void;
  /** What `work` answers, or why it was cut short: an adapter that does not heed its signal must not hold up its queue. */
  race<T>(work: Promise<T>): Promise<T>;
}

/**
 * Dispose it once the start has answered: unlike `AbortSignal.timeout` and `any`, nothing then stays behind until the time is over, which
 * is minutes for a start of milliseconds. `leftMs` `null` = as long as it takes.
 */
export function openStartLimit(leftMs: number | null): StartLimit {
  const controller = new AbortController();
  const over = Promise.withResolvers<never>();
  // It may be cut before anything runs that could be told.
  over.promise.catch(() => undefined);
  let isTimedOut = false;
  const cut = (reason?: DOMException) => {
    controller.abort(reason);
    over.reject(controller.signal.reason);
  };
  const timer = leftMs === null ? undefined : setTimeout(timeOut, delayOf(leftMs));

  function timeOut(): void {
    isTimedOut = true;
    cut(new DOMException("the start took too long", "TimeoutError"));
  }

  return {
    signal: controller.signal,
    get isTimedOut() {
      return isTimedOut;
    },
    cut: () => cut(),
    race: (work) => Promise.race([work, over.promise]),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function delayOf(leftMs: number): number {
  return Math.min(LONGEST_TIMER_MS, Math.ceil(Math.max(1, leftMs) / TIMER_STEP_MS) * TIMER_STEP_MS);
}
