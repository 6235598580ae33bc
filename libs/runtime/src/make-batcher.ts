/** Natural batching: what is added while a flush is under way goes with the next one. */
export interface Batcher<Item> {
  /** Resolves when the flush that carried the item did, rejects when it failed. */
  add(item: Item): Promise<void>;
  /** Resolves when nothing is left. */
  drain(): Promise<void>;
  readonly size: number;
}

export interface BatcherOptions<Item> {
  /** Items in one flush, at most. */
  maxItems: number;
  /** Bytes in one flush, at most, as `bytesOf` counts them; a single larger item goes alone. */
  maxBytes?: number;
  bytesOf?: (item: Item) => number;
  /** Items waiting, at most: beyond it `add` rejects. Default 100,000. */
  maxWaiting?: number;
  flush: (items: Item[]) => Promise<void>;
}

/** Thrown by `add` when too much waits: slow down. */
export class BatcherFullError extends Error {
  readonly code = "BATCHER_FULL";

  constructor(waiting: number) {
    super(`${waiting} items wait to be written already`);
    this.name = "BatcherFullError";
  }
}

const DEFAULT_MAX_WAITING = 100_000;

export function makeBatcher<Item>({
  maxItems,
  maxBytes = Infinity,
  bytesOf = () => 0,
  maxWaiting = DEFAULT_MAX_WAITING,
  flush,
}: BatcherOptions<Item>): Batcher<Item> {
  const waiting: { item: Item; done: PromiseWithResolvers<void> }[] = [];
  let running: Promise<void> | undefined;

  function takeBatch() {
    let count = 0;
    let bytes = 0;
    for (const { item } of waiting) {
      bytes += bytesOf(item);
      if (count === maxItems || (count > 0 && bytes > maxBytes)) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  async function run(): Promise<void> {
    // Let the whole burst of this turn of the event loop in before the first flush.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await flush(batch.map((entry) => entry.item));
        for (const entry of batch) entry.done.resolve();
      } catch (error) {
        for (const entry of batch) entry.done.reject(error);
      }
    }
    running = undefined;
  }

  return {
    add(item) {
      if (waiting.length >= maxWaiting) return Promise.reject(new BatcherFullError(waiting.length));
      const done = Promise.withResolvers<void>();
      waiting.push({ item, done });
      running ??= run();
      return done.promise;
    },
    async drain() {
      while (running) await running;
    },
    get size() {
      return waiting.length;
    },
  };
}
