/** Natural batching: what is added while a flush is under way goes with the next one. */
export interface Batcher<Item> {
  /** Resolves when the flush that carried the item did, rejects when it failed. */
  add(item: Item): Promise<void>;
  /** Resolves when nothing is left. */
  drain(): Promise<void>;
  readonly size: number;
}

export interface BatcherOptions<Item> {
  maxItems: number;
  flush: (items: Item[]) => Promise<void>;
}

export function makeBatcher<Item>({ maxItems, flush }: BatcherOptions<Item>): Batcher<Item> {
  let waiting: { item: Item; done: PromiseWithResolvers<void> }[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // Let the whole burst of this turn of the event loop in before the first flush.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxItems);
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
