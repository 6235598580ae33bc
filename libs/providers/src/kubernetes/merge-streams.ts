/** What several sources yield, in the order in which it comes; ends when all have. A source that fails ends the others. */
export async function* mergeStreams<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(source);
        continue;
      }
      waiting.set(source, next(source));
      yield result.value;
    }
  } finally {
    // Whoever stops reading wants nothing more: what the sources still say, and how they end, is nobody's.
    for (const pending of waiting.values()) pending.catch(() => undefined);
    for (const source of sources) source.return(undefined).catch(() => undefined);
  }
}
