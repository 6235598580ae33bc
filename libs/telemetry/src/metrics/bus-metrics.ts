import { Counter, Gauge, Histogram } from "prom-client";
import { FEW_SECONDS, registers } from "./registry.ts";

/** A scrape does not wait for a server that does not answer. */
const PATIENCE_MS = 1_000;
let readBusPending: () => Promise<ReadonlyMap<string, number>> = async () => new Map();

export function observeBus(read: () => Promise<ReadonlyMap<string, number>>): void {
  readBusPending = read;
}

new Gauge({
  name: "hodei_bus_pending",
  help: "Messages a consumer has not acknowledged yet",
  labelNames: ["consumer"],
  registers,
  async collect() {
    const pending = await inTime(readBusPending());
    this.reset();
    for (const [consumer, messages] of pending) this.set({ consumer }, messages);
  },
});

/** While NATS does not answer there is nothing to show here; the other metrics are needed all the more. */
async function inTime(asked: Promise<ReadonlyMap<string, number>>): Promise<ReadonlyMap<string, number>> {
  const late = Promise.withResolvers<ReadonlyMap<string, number>>();
  const timer = setTimeout(() => late.resolve(new Map()), PATIENCE_MS);
  try {
    return await Promise.race([asked.catch(() => new Map<string, number>()), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export const batchMessages = new Histogram({
  name: "hodei_batch_messages",
  help: "Messages that a consumer handled at once",
  labelNames: ["consumer"],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  registers,
});
export const batchSeconds = new Histogram({
  name: "hodei_batch_duration_seconds",
  help: "From a batch handed to its handler to all of it acknowledged",
  labelNames: ["consumer"],
  buckets: FEW_SECONDS,
  registers,
});
export const batchFailures = new Counter({
  name: "hodei_batch_failures_total",
  help: "Batches that could not be handled and come again",
  labelNames: ["consumer"],
  registers,
});
