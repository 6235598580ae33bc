// A worker process of graphile-worker whose task does nothing.
import { run, WorkerPreset } from "graphile-worker";
import type { Payload } from "./contender.ts";
import { reportToBench, workerSettings } from "./report-to-bench.ts";

const reporter = reportToBench();
await run({
  preset: { extends: [WorkerPreset], worker: workerSettings<{ connectionString: string }>() },
  taskList: { bench: async (payload) => reporter.ran(payload as Payload) },
});
reporter.ready();
