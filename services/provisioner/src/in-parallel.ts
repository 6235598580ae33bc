/** Does `work` for every item, so many at once; rejects with the first failure, after what is under way has ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  async function drain(): Promise<void> {
    for (const item of left) await work(item);
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, drain));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
