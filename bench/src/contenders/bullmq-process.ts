// A worker process of BullMQ whose processor does nothing.
import { type KeepJobs, Worker } from "bullmq";
import type { Payload } from "./contender.ts";
import { reportToBench, workerSettings } from "./report-to-bench.ts";

const { queue, connection, worker } = workerSettings<{
  queue: string;
  connection: { host: string; port: number };
  worker: { concurrency?: number; removeOnComplete?: KeepJobs };
}>();
const reporter = reportToBench();
const running = new Worker<Payload>(queue, async ({ data }) => reporter.ran(data), { connection, ...worker });
running.on("error", (error) => console.error(`BullMQ: ${error.message}`));
await running.waitUntilReady();
reporter.ready();
