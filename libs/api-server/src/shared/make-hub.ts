import { Code, ConnectError } from "@connectrpc/connect";

/** Changes that are kept for those who have not read them yet: once for all readers, however many there are. */
const MOST_KEPT = 10_000;
/** Changes that a reader gets at once, and so what one that stands still keeps in memory. */
const AT_ONCE = 200;

/** Hands each change to every reader that listens at that moment. */
export interface Hub<Value> {
  tell(changes: ReadonlyMap<string, Value>): void;
  /** Begins to listen: what happens from the moment that this resolves is told. Dispose the reader when it is gone. */
  open(): Promise<HubReader<Value>>;
}

interface HubReader<Value> extends Disposable {
  /** Waits for changes and takes the next ones, the latest of each key; empty when the signal has aborted.
   *  @throws RESOURCE_EXHAUSTED for a reader that is too slow */
  take(signal: AbortSignal): Promise<Value[]>;
}

/** One stay of readers: from the first that comes until the last is gone. */
interface Stay {
  ending: AbortController;
  listening: Promise<void>;
}

/** `listen` runs while there is at least one reader, until its signal aborts; it resolves as soon as nothing is missed any more. */
export function makeHub<Value>(listen: (signal: AbortSignal) => Promise<void>): Hub<Value> {
  const readers = new Set<() => void>();
  let kept: (readonly [key: string, value: Value])[] = [];
  /** The number of the first change that is kept; readers remember only the number that they read next. */
  let firstKept = 0;
  let stay: Stay | undefined;
  const end = () => firstKept + kept.length;

  function come(wake: () => void): Stay {
    readers.add(wake);
    if (stay) return stay;
    const ending = new AbortController();
    stay = { ending, listening: listen(ending.signal) };
    return stay;
  }

  function leave(wake: () => void): void {
    if (!readers.delete(wake) || readers.size > 0) return;
    stay?.ending.abort();
    stay = undefined;
    forget(kept.length);
  }

  function forget(count: number): void {
    kept = kept.slice(count);
    firstKept += count;
  }

  return {
    tell(changes) {
      if (readers.size === 0) return;
      for (const change of changes) kept.push(change);
      // Cut seldom, so that it costs little.
      if (kept.length > 2 * MOST_KEPT) forget(kept.length - MOST_KEPT);
      for (const wake of readers) wake();
    },
    async open() {
      let wake: (() => void) | undefined;
      const onNews = () => wake?.();
      const { listening } = come(onNews);
      try {
        await listening;
      } catch (error) {
        leave(onNews);
        throw error;
      }
      let next = end();
      return {
        async take(signal) {
          signal.addEventListener("abort", onNews, { once: true });
          try {
            while (next === end() && !signal.aborted) {
              const { promise, resolve } = Promise.withResolvers<void>();
              wake = resolve;
              await promise;
            }
          } finally {
            signal.removeEventListener("abort", onNews);
          }
          if (signal.aborted) return [];
          if (end() - next > MOST_KEPT) throw tooSlow();
          const changes = kept.slice(next - firstKept, next - firstKept + AT_ONCE);
          next += changes.length;
          return [...new Map(changes).values()];
        },
        [Symbol.dispose]: () => leave(onNews),
      };
    },
  };
}

function tooSlow(): ConnectError {
  return new ConnectError(
    `more than ${MOST_KEPT} changes were not read in time; read faster, or watch less, and begin again`,
    Code.ResourceExhausted,
  );
}
