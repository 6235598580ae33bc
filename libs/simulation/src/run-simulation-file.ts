import { randomLcg } from "d3-random";
import type { ArrivalPlan } from "./job-class.ts";
import { makeProviders } from "./make-providers.ts";
import { planArrivals } from "./plan-arrivals.ts";
import type { Report } from "./report.ts";
import { type SimulationEvent, simulate } from "./simulate.ts";
import type { SimulationFile } from "./simulation-file.ts";

/** Runs what a file describes; `trace` where it names one instead of describing jobs. Equal file and seed, equal report. */
export function runSimulationFile(
  file: SimulationFile,
  { trace, observe }: { trace?: ArrivalPlan | undefined; observe?: (event: SimulationEvent) => void } = {},
): Report {
  const plan = trace ?? (file.jobs && planArrivals(file.jobs, chanceOf(file.seed, "jobs")));
  if (!plan) throw new Error("a simulation needs the jobs of its file or a trace");
  return simulate({
    plan,
    providers: makeProviders(file.fleet, chanceOf(file.seed, "fleet")),
    outages: file.outages,
    detectedAfterSeconds: file.detected_after,
    lostAfterSeconds: file.lost_after,
    chance: chanceOf(file.seed, "events"),
    ...(observe && { observe }),
  });
}

/** Each purpose has chances of its own, so that another fleet meets the same jobs. */
function chanceOf(seed: number, purpose: "jobs" | "fleet" | "events"): () => number {
  const stream = { jobs: 1, fleet: 2, events: 3 }[purpose];
  return randomLcg((Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b)) >>> 0);
}
