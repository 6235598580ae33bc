import { FINAL_JOB_STATES, REFUSAL_REASONS, SUBJECTS } from "@hodei/contracts";
import { Counter, Gauge, Histogram } from "prom-client";
import { batchFailures, batchMessages, batchSeconds, observeBus } from "./metrics/bus-metrics.ts";
import { observeFleet, workerFailures } from "./metrics/fleet-gauges.ts";
import { observeHealthCheck, observeProviders } from "./metrics/health-metrics.ts";
import { setJobCounts } from "./metrics/job-gauges.ts";
import { METRIC_OWNERS } from "./metrics/metric-owners.ts";
import { FEW_SECONDS, registers, registry, SECONDS } from "./metrics/registry.ts";

const serviceInfo = new Gauge({
  name: "hodei_service_info",
  help: "1; the label is the service that answers",
  labelNames: ["service"],
  registers,
});

/** Every metric of the product (design §8); nothing else registers any. docs/operations/metrics.md is written from it. */
export const metrics = {
  registry,
  observeFleet,
  observeBus,
  observeProviders,
  observeHealthCheck,
  setJobCounts,
  /** Shows what this service knows and nothing else. */
  showFor(service: string): void {
    serviceInfo.set({ service }, 1);
    for (const [name, owners] of Object.entries(METRIC_OWNERS))
      if (!owners.some((owner) => owner === service)) registry.removeSingleMetric(name);
  },
  batchMessages,
  batchSeconds,
  batchFailures,
  workerFailures,
  decisions: new Counter({
    name: "hodei_placement_decisions_total",
    help: "Decisions made, whether they found a provider or not: one for each new job, and one for each class of waiting jobs that is looked at again",
    registers,
  }),
  selectionFailures: new Counter({
    name: "hodei_provider_selection_failures_total",
    help: "Decisions that found no provider, by the rule of the nearest miss",
    labelNames: ["reason"],
    registers,
  }),
  selectionSeconds: new Histogram({
    name: "hodei_selection_duration_seconds",
    help: "From a batch of submissions read to its reservations durable",
    buckets: SECONDS,
    registers,
  }),
  jobWaitSeconds: new Histogram({
    name: "hodei_job_wait_seconds",
    help: "From submission to the worker running",
    buckets: SECONDS,
    registers,
  }),
  workerStartSeconds: new Histogram({
    name: "hodei_worker_start_seconds",
    help: "From the start call at the provider to the worker running",
    labelNames: ["provider_type"],
    buckets: SECONDS,
    registers,
  }),
  jobsSubmitted: new Counter({
    name: "hodei_jobs_submitted_total",
    help: "Jobs that were written down; one that is delivered twice counts once",
    registers,
  }),
  jobs: new Counter({
    name: "hodei_jobs_total",
    help: "Jobs that reached a final state",
    labelNames: ["state"],
    registers,
  }),
  databaseSeconds: new Histogram({
    name: "hodei_database_duration_seconds",
    help: "Round trip of a statement, by its name",
    labelNames: ["statement"],
    buckets: FEW_SECONDS,
    registers,
  }),
  deadLetters: new Counter({
    name: "hodei_dead_letters_total",
    help: "Messages that can never be handled",
    labelNames: ["subject"],
    registers,
  }),
  reconciledWorkers: new Counter({
    name: "hodei_reconciled_workers_total",
    help: "Workers on which a provider and the rows did not agree: ended (unknown here), removed (left over), lost (unknown there)",
    labelNames: ["action"],
    registers,
  }),
  jobsArchived: new Counter({
    name: "hodei_jobs_archived_total",
    help: "Finished jobs that were moved into the archive",
    registers,
  }),
  archivePartitionsDropped: new Counter({
    name: "hodei_archive_partitions_dropped_total",
    help: "Days of archived jobs that were dropped because their time was over",
    registers,
  }),
  ledgerRepairs: new Counter({
    name: "hodei_ledger_repairs_total",
    help: "Provider counters that were changed from outside and set back to the ledger",
    registers,
  }),
} as const;

for (const action of ["ended", "removed", "lost"]) metrics.reconciledWorkers.inc({ action }, 0);
for (const reason of REFUSAL_REASONS) metrics.selectionFailures.inc({ reason }, 0);
for (const state of FINAL_JOB_STATES) metrics.jobs.inc({ state }, 0);
for (const subject of [SUBJECTS.jobSubmitted, SUBJECTS.jobCancel, "worker.status"])
  metrics.deadLetters.inc({ subject }, 0);
