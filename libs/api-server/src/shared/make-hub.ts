import { type LatestValues, makeLatestValues } from "./latest-values.ts";

/** Hands each change to every reader that listens at that moment. */
export interface Hub<Value> {
  readonly size: number;
  tell(changes: ReadonlyMap<string, Value>): void;
  /** Begins to listen; dispose it when the reader is gone. */
  open(): LatestValues<Value> & Disposable;
}

export function makeHub<Value>({ onFirst }: { onFirst?: () => void } = {}): Hub<Value> {
  const readers = new Set<LatestValues<Value>>();
  return {
    get size() {
      return readers.size;
    },
    tell(changes) {
      for (const reader of readers) for (const [key, value] of changes) reader.offer(key, value);
    },
    open() {
      const values = makeLatestValues<Value>();
      readers.add(values);
      if (readers.size === 1) onFirst?.();
      return { ...values, [Symbol.dispose]: () => void readers.delete(values) };
    },
  };
}
