/** Timers that all end with the double. */
export interface Timers extends Disposable {
  in(ms: number, work: () => void): void;
}

/** Longest delay that a timer takes; what is due later is not due within any test. */
const LONGEST_MS = 2_000_000_000;

export function makeTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>();
  return {
    in(ms, work) {
      const timer = setTimeout(
        () => {
          pending.delete(timer);
          work();
        },
        Math.min(ms, LONGEST_MS),
      );
      pending.add(timer);
    },
    [Symbol.dispose]() {
      for (const timer of pending) clearTimeout(timer);
    },
  };
}
