import { Code, ConnectError } from "@connectrpc/connect";

/** Changes that one reader has not read yet, the latest of each key: however fast they come, they take up bounded room. */
export interface LatestValues<Value> {
  offer(key: string, value: Value): void;
  /** Waits for changes and takes all of them; empty when the signal has aborted. @throws RESOURCE_EXHAUSTED for a reader that is too slow */
  take(signal: AbortSignal): Promise<Value[]>;
}

/** Different keys that may wait for one reader. */
const MOST_WAITING = 10_000;

export function makeLatestValues<Value>(): LatestValues<Value> {
  let waiting = new Map<string, Value>();
  let isOverrun = false;
  let wake: (() => void) | undefined;
  return {
    offer(key, value) {
      if (waiting.size >= MOST_WAITING && !waiting.has(key)) isOverrun = true;
      else waiting.set(key, value);
      wake?.();
    },
    async take(signal) {
      const stop = () => wake?.();
      signal.addEventListener("abort", stop, { once: true });
      try {
        while (waiting.size === 0 && !isOverrun && !signal.aborted) {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        }
      } finally {
        signal.removeEventListener("abort", stop);
      }
      if (isOverrun)
        throw new ConnectError(
          `more than ${MOST_WAITING} changes were not read in time; read faster, or watch less, and begin again`,
          Code.ResourceExhausted,
        );
      const values = [...waiting.values()];
      waiting = new Map();
      return values;
    },
  };
}
