// A worker process of pg-boss whose handler does nothing.
import { PgBoss, type WorkOptions } from "pg-boss";
import type { Payload } from "./contender.ts";
import { reportToBench, workerSettings } from "./report-to-bench.ts";

const { queue, connectionString, useListenNotify, work } = workerSettings<{
  queue: string;
  connectionString: string;
  useListenNotify: boolean;
  work: WorkOptions;
}>();
const reporter = reportToBench();
const boss = new PgBoss({ connectionString, useListenNotify });
boss.on("error", (error) => console.error(`pg-boss: ${error.message}`));
await boss.start();
await boss.work<Payload>(queue, work, async (jobs) => {
  for (const { data } of jobs) reporter.ran(data);
});
reporter.ready();
