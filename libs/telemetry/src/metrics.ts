import { HEALTH_STATES, type HealthState, JOB_STATES, REFUSAL_REASONS } from "@hodei/contracts";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** A provider as its gauges show it. */
export interface MeasuredProvider {
  name: string;
  activeWorkers: number;
  maxWorkers: number;
  health: HealthState;
}

const SHOWN_HEALTH = HEALTH_STATES.filter((state) => state !== "unknown");
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

const registry = new Registry();
const registers = [registry];
let readFleet: () => readonly MeasuredProvider[] = () => [];
let readBusPending: () => Promise<ReadonlyMap<string, number>> = async () => new Map();

collectDefaultMetrics({ register: registry });

/** Gauges are read from their source at each scrape, so that a renamed or removed provider leaves no stale series. */
new Gauge({
  name: "hodei_provider_active_workers",
  help: "Live workers of a provider",
  labelNames: ["provider"],
  registers,
  collect() {
    this.reset();
    for (const provider of readFleet()) this.set({ provider: provider.name }, provider.activeWorkers);
  },
});
new Gauge({
  name: "hodei_provider_max_workers",
  help: "Workers a provider takes at once",
  labelNames: ["provider"],
  registers,
  collect() {
    this.reset();
    for (const provider of readFleet()) this.set({ provider: provider.name }, provider.maxWorkers);
  },
});
new Gauge({
  name: "hodei_provider_health_status",
  help: "1 for the health a provider has, 0 for the others",
  labelNames: ["provider", "status"],
  registers,
  collect() {
    this.reset();
    for (const { name, health } of readFleet()) {
      for (const status of SHOWN_HEALTH) this.set({ provider: name, status }, health === status ? 1 : 0);
    }
  },
});
new Gauge({
  name: "hodei_bus_pending",
  help: "Messages a consumer has not acknowledged yet",
  labelNames: ["consumer"],
  registers,
  async collect() {
    this.reset();
    // While NATS does not answer there is nothing to show here; the other metrics are needed all the more.
    const pending = await readBusPending().catch(() => new Map<string, number>());
    for (const [consumer, messages] of pending) this.set({ consumer }, messages);
  },
});

/** Every metric of the product (design §8); nothing else registers any. */
export const metrics = {
  registry,
  /** Where the provider gauges of this process come from. */
  observeFleet(read: () => readonly MeasuredProvider[]): void {
    readFleet = read;
  },
  observeBus(read: () => Promise<ReadonlyMap<string, number>>): void {
    readBusPending = read;
  },
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
    help: "From the claim of a worker to the worker running",
    labelNames: ["provider_type"],
    buckets: SECONDS,
    registers,
  }),
  jobs: new Counter({
    name: "hodei_jobs_total",
    help: "Jobs that reached a final state",
    labelNames: ["state"],
    registers,
  }),
  jobsByState: new Gauge({
    name: "hodei_jobs",
    help: "Jobs in each state that is not final",
    labelNames: ["state"],
    registers,
  }),
  healthCheckSeconds: new Histogram({
    name: "hodei_health_check_duration_seconds",
    help: "Duration of a provider's health check",
    labelNames: ["provider"],
    buckets: SECONDS,
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
  ledgerRepairs: new Counter({
    name: "hodei_ledger_repairs_total",
    help: "Provider counters that were changed from outside and set back to the ledger",
    registers,
  }),
} as const;

for (const action of ["ended", "removed", "lost"]) metrics.reconciledWorkers.inc({ action }, 0);
for (const reason of REFUSAL_REASONS) metrics.selectionFailures.inc({ reason }, 0);
for (const state of JOB_STATES) {
  if (state === "PENDING" || state === "PROVISIONING" || state === "RUNNING") metrics.jobsByState.set({ state }, 0);
  else metrics.jobs.inc({ state }, 0);
}
