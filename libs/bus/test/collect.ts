import { type Delivery, openBus } from "@hodei/bus";
import { makeLogger } from "@hodei/telemetry";

/** A bus whose log lines can be read. */
export async function openTestBus(url: string, name = "test") {
  const lines: { level: string; msg: string; [key: string]: unknown }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = makeLogger(name, { level: "debug", destination });
  return { bus: await openBus({ url, name, logger }), lines };
}

/** Gathers what a handler sees, and waits until that is enough. */
export function makeCollector<T>() {
  const items: T[] = [];
  let waiters: { isEnough: (items: readonly T[]) => boolean; resolve: () => void }[] = [];
  return {
    items,
    add(...added: T[]) {
      items.push(...added);
      waiters = waiters.filter((waiter) => {
        if (!waiter.isEnough(items)) return true;
        waiter.resolve();
        return false;
      });
    },
    until(isEnough: (items: readonly T[]) => boolean): Promise<void> {
      if (isEnough(items)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.push({ isEnough, resolve });
      return promise;
    },
  };
}

/** Message ids never repeat within a run: the stream would take them for duplicates. */
let nextId = 0;

export function jobs(count: number, prefix = "job") {
  return Array.from({ length: count }, (_, index) => ({
    subject: "job.submitted",
    body: { name: `${prefix}-${index}`, command: ["true"] },
    messageId: `${prefix}-${index}-${nextId++}`,
  }));
}

export const nameOf = (delivery: Delivery): string => JSON.parse(Buffer.from(delivery.data).toString("utf8")).name;
