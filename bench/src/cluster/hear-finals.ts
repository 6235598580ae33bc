import type { NatsConnection } from "nats";

/** Counts final states as they are announced. */
export interface Finals {
  /** Resolves when so many more jobs have ended since the last call; throws after `patienceMs`. */
  next(count: number, patienceMs: number): Promise<void>;
  /** Final states other than SUCCEEDED that were heard. */
  readonly failures: number;
}

export function hearFinals(nats: NatsConnection): Finals {
  let heard = 0;
  let failures = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached = Promise.withResolvers<void>();
  nats.subscribe("job.status.*", {
    callback: (_error, { subject }) => {
      if (subject.endsWith(".pending") || subject.endsWith(".provisioning") || subject.endsWith(".running")) return;
      if (!subject.endsWith(".succeeded")) failures += 1;
      heard += 1;
      if (heard >= wanted) reached.resolve();
    },
  });
  return {
    get failures() {
      return failures;
    },
    async next(count, patienceMs) {
      wanted = count;
      if (heard >= wanted) reached.resolve();
      const late = setTimeout(
        () => reached.reject(new Error(`${heard} of ${wanted} jobs ended within ${patienceMs / 1000} s`)),
        patienceMs,
      );
      await reached.promise.finally(() => clearTimeout(late));
      heard -= count;
      wanted = Number.POSITIVE_INFINITY;
      reached = Promise.withResolvers<void>();
    },
  };
}
