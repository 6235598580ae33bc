import type { WorkerExit } from "./provider.ts";

/** Ends of workers, kept until the one watcher takes them. */
export interface ExitQueue {
  push(exit: WorkerExit): void;
  /** Yields what was pushed and what is to come, until the signal aborts. */
  watch(signal: AbortSignal): AsyncGenerator<WorkerExit>;
}

export function makeExitQueue(): ExitQueue {
  let waiting: WorkerExit[] = [];
  let wake: (() => void) | undefined;
  return {
    push(exit) {
      waiting.push(exit);
      wake?.();
    },
    async *watch(signal) {
      const stop = () => wake?.();
      signal.addEventListener("abort", stop, { once: true });
      try {
        while (!signal.aborted) {
          yield* take();
          if (waiting.length > 0 || signal.aborted) continue;
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        }
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };

  /** All that wait; what a watcher that leaves has not taken waits for the next one. */
  function* take(): Generator<WorkerExit> {
    const exits = waiting;
    waiting = [];
    let taken = 0;
    try {
      for (const exit of exits) {
        taken += 1;
        yield exit;
      }
    } finally {
      if (taken < exits.length) waiting = [...exits.slice(taken), ...waiting];
    }
  }
}
