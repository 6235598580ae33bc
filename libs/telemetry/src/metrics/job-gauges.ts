import { JOB_STATES } from "@hodei/contracts";
import { Gauge } from "prom-client";
import { registers } from "./registry.ts";

/** The jobs that are not finished, as one look at the database found them. */
export interface JobCounts {
  byState: ReadonlyMap<string, number>;
  /** Of the job that waits for a provider longest; 0 when none does. */
  oldestWaitingSeconds: number;
  waitingClasses: number;
  /** Jobs of the requirement class that most of them wait in. */
  largestClassJobs: number;
}

const UNFINISHED = JOB_STATES.filter((state) => state === "PENDING" || state === "PROVISIONING" || state === "RUNNING");
let counts: JobCounts | undefined;
let validUntil = 0;

/** What the instance that looks says; the others show 0, so `max by (state)` over all of them is right. */
export function setJobCounts(found: JobCounts | undefined, validSeconds = 0): void {
  counts = found;
  validUntil = performance.now() + validSeconds * 1000;
}

function current(): JobCounts | undefined {
  return performance.now() < validUntil ? counts : undefined;
}

new Gauge({
  name: "hodei_jobs",
  help: "Jobs in each state that is not final, as the selector that sweeps counts them; 0 at the others",
  labelNames: ["state"],
  registers,
  collect() {
    for (const state of UNFINISHED) this.set({ state }, current()?.byState.get(state) ?? 0);
  },
});
new Gauge({
  name: "hodei_jobs_oldest_waiting_seconds",
  help: "Since the submission of the job that waits for a provider longest",
  registers,
  collect() {
    this.set(current()?.oldestWaitingSeconds ?? 0);
  },
});
new Gauge({
  name: "hodei_waiting_classes",
  help: "Requirement classes that jobs wait in: each costs one decision per event, however many jobs it has",
  registers,
  collect() {
    this.set(current()?.waitingClasses ?? 0);
  },
});
new Gauge({
  name: "hodei_waiting_largest_class_jobs",
  help: "Waiting jobs of the largest requirement class",
  registers,
  collect() {
    this.set(current()?.largestClassJobs ?? 0);
  },
});
