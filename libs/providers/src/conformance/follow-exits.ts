import type { Provider, WorkerExit } from "../provider.ts";

/** What a start, an end or a line of output may take, however slow the machine; longer than the pause between two looks at what there is. */
export const PATIENCE_MS = 60_000;

export interface ExitLog {
  of(name: string): Promise<WorkerExit>;
  count(name: string): number;
  close(): Promise<void>;
}

/** Watches a provider and keeps every end it tells. */
export function followExits(provider: Provider): ExitLog {
  const stop = new AbortController();
  const seen: WorkerExit[] = [];
  const waiting = new Map<string, PromiseWithResolvers<WorkerExit>>();
  const entry = (name: string) => {
    const known = waiting.get(name) ?? Promise.withResolvers<WorkerExit>();
    waiting.set(name, known);
    return known;
  };
  const watching = (async () => {
    for await (const exit of provider.watch(stop.signal)) {
      seen.push(exit);
      entry(exit.name).resolve(exit);
    }
  })();
  return {
    of: (name) => {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`the end of ${name} was not told`)), PATIENCE_MS);
      return Promise.race([entry(name).promise, late.promise]).finally(() => clearTimeout(timer));
    },
    count: (name) => seen.filter((exit) => exit.name === name).length,
    async close() {
      stop.abort();
      await watching;
    },
  };
}
