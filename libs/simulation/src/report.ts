import { explainFailure, type FailureCode } from "@hodei/diagnostics";
import { explain, type Fleet, formatRefusal } from "@hodei/placement";
import type { Job } from "./job.ts";
import { type Waits, waitsOf } from "./samples.ts";
import type { Site } from "./site.ts";
import type { PriorityTally, Tally } from "./tally.ts";
import type { Moment } from "./time-series.ts";

/** What a simulation found. Times in virtual seconds from its beginning; shares from 0 to 1. */
export interface Report {
  jobs: { submitted: number; succeeded: number; failed: number; timed_out: number; never_placed: number };
  time: { last_arrival_seconds: number; last_end_seconds: number };
  attempts: number;
  decisions: number;
  failovers: number;
  retries: number;
  outages: number;
  most_waiting: number;
  most_running: number;
  waits: Waits;
  by_priority: PriorityReport[];
  /** Jain's index over the mean slowdowns of the priorities: 1 = all alike. */
  fairness: number;
  /** Taken slots while jobs arrived ÷ all of them. */
  utilisation: number;
  by_type: Usage[];
  by_region: Usage[];
  by_group: Usage[];
  failures: { code: FailureCode; attempts: number; jobs_ended: number; cause: string }[];
  /** Jobs that nobody could take to the end, by class, with the reason of the nearest miss. */
  never_placed: { class: string; jobs: number; why: string }[];
  series: Moment[];
}

interface PriorityReport {
  priority: number;
  submitted: number;
  waits: Waits;
  /** Mean of (submission → end) ÷ (time that the job needs), of those that succeeded. */
  slowdown: number;
}

interface Usage {
  name: string;
  providers: number;
  slots: number;
  utilisation: number;
}

interface Found {
  tally: Tally;
  waiting: readonly { count: number; first: Job }[];
  fleet: Fleet;
  sites: readonly Site[];
  horizonSeconds: number;
  series: Moment[];
}

export function reportOf({ tally, waiting, fleet, sites, horizonSeconds, series }: Found): Report {
  const priorities = [...tally.priorities].sort(([a], [b]) => b - a);
  const byPriority = priorities.map(([priority, counts]) => priorityReport(priority, counts));
  const usage = (keyOf: (site: Site) => string) => usageBy(sites, horizonSeconds, keyOf);
  return {
    jobs: {
      submitted: byPriority.reduce((sum, each) => sum + each.submitted, 0),
      succeeded: tally.ended.SUCCEEDED,
      failed: tally.ended.FAILED,
      timed_out: tally.ended.TIMED_OUT,
      never_placed: waiting.reduce((sum, { count }) => sum + count, 0),
    },
    time: { last_arrival_seconds: horizonSeconds, last_end_seconds: tally.lastEndSeconds },
    attempts: tally.attempts,
    decisions: tally.decisions,
    failovers: tally.failovers,
    retries: tally.retries,
    outages: tally.outages,
    most_waiting: tally.mostWaiting,
    most_running: tally.mostRunning,
    waits: waitsOf(priorities.map(([, { waits }]) => waits.values)),
    by_priority: byPriority,
    fairness: jainIndex(byPriority.map(({ slowdown }) => slowdown).filter((slowdown) => slowdown > 0)),
    utilisation: usage(() => "all")[0]?.utilisation ?? 0,
    by_type: usage(({ provider }) => provider.providerType),
    by_region: usage(({ provider }) => provider.preferredRegion ?? "none"),
    by_group: usage(({ group }) => group),
    failures: [...tally.failures]
      .map(([code, { attempts, jobs }]) => ({
        code,
        attempts,
        jobs_ended: jobs,
        cause: explainFailure(code, {}).cause,
      }))
      .sort((a, b) => b.attempts - a.attempts),
    never_placed: waiting.map(({ count, first }) => ({
      class: first.jobClass.name,
      jobs: count,
      why: whyNobody(first, fleet),
    })),
    series,
  };
}

function priorityReport(priority: number, { submitted, waits, slowdowns, succeeded }: PriorityTally): PriorityReport {
  return {
    priority,
    submitted,
    waits: waitsOf([waits.values]),
    slowdown: succeeded === 0 ? 0 : slowdowns / succeeded,
  };
}

/** (Σx)² ÷ (n · Σx²), by R. Jain, "A Quantitative Measure of Fairness" (1984). */
function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

function usageBy(sites: readonly Site[], seconds: number, keyOf: (site: Site) => string): Usage[] {
  const groups = Map.groupBy(sites, keyOf);
  return [...groups].map(([name, members]) => {
    const slots = members.reduce((sum, { provider }) => sum + provider.maxWorkers, 0);
    const busy = members.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
    const utilisation = slots * seconds === 0 ? 0 : busy / (slots * seconds);
    return { name, providers: members.length, slots, utilisation };
  });
}

function whyNobody(job: Job, fleet: Fleet): string {
  const { requirements } = job.jobClass;
  const { providers, candidates, refusedBy } = explain(requirements, fleet.all(), { limit: 1 });
  const counts = Object.entries(refusedBy).filter(([, count]) => count > 0);
  const [nearest] = providers;
  const reason = nearest ? `; nearest: ${nearest.name}, ${nearest.refusals.map(formatRefusal).join(", ")}` : "";
  return `none of ${candidates} providers: ${counts.map(([rule, count]) => `${count} by ${rule}`).join(", ")}${reason}`;
}
