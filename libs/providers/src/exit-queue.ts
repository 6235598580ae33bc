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
      while (!signal.aborted) {
        const exits = waiting;
        waiting = [];
        yield* exits;
        if (waiting.length > 0 || signal.aborted) continue;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      signal.removeEventListener("abort", stop);
    },
  };
}
