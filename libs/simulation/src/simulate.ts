import { settleAttempt } from "@hodei/lifecycle";
import { type Fleet, makeFleet } from "@hodei/placement";
import type { Job } from "./job.ts";
import type { Arrival, ArrivalPlan } from "./job-class.ts";
import type { SimulatedProvider } from "./make-providers.ts";
import { type Report, reportOf } from "./report.ts";
import { amountsOf, makeAttemptRunner } from "./run-attempts.ts";
import { planOutages } from "./run-outages.ts";
import type { PlannedOutage } from "./simulation-file.ts";
import { type Attempt, makeSite, type Site } from "./site.ts";
import { makeTally } from "./tally.ts";
import { makeTimeSeries } from "./time-series.ts";
import { makeVirtualClock } from "./virtual-clock.ts";
import { makeWaitingJobs } from "./waiting-jobs.ts";

export interface Simulation {
  providers: readonly SimulatedProvider[];
  plan: ArrivalPlan;
  outages: readonly PlannedOutage[];
  detectedAfterSeconds: number;
  lostAfterSeconds: number;
  chance: () => number;
  /** Told of every step of a job, for whoever checks what must never be. */
  observe?: (event: SimulationEvent) => void;
}

export type SimulationEvent =
  | { kind: "reserved"; job: number; provider: string; activeWorkers: number; maxWorkers: number }
  | { kind: "running"; job: number; waitedSeconds: number }
  | { kind: "ended"; job: number; state: string };

/**
 * Runs a fleet and its jobs on a virtual clock. Where a job goes is decided by `libs/placement`, what the end of an attempt means by
 * `libs/lifecycle`: nothing here has rules of its own but when things happen. Equal input, equal answer.
 */
export function simulate({ providers, plan, outages, chance, observe, ...times }: Simulation): Report {
  const clock = makeVirtualClock();
  const fleet: Fleet = makeFleet(providers.map(({ provider }) => provider));
  const sites = new Map<string, Site>(providers.map((each) => [each.provider.id, makeSite(each)]));
  const slots = providers.reduce((sum, { provider }) => sum + provider.maxWorkers, 0);
  const waiting = makeWaitingJobs();
  const tally = makeTally();
  let taken = 0;
  const series = makeTimeSeries(plan.horizonSeconds, () => ({
    waiting: waiting.count,
    running: taken,
    utilisation: slots === 0 ? 0 : taken / slots,
  }));
  const runner = makeAttemptRunner({ clock, chance, onRunning, onEnd });

  function onRunning({ job }: Attempt): void {
    observe?.({ kind: "running", job: job.number, waitedSeconds: clock.nowSeconds - job.submittedAt });
    tally.ran(job, clock.nowSeconds);
  }

  function take(job: Job): boolean {
    tally.decisions += 1;
    const { requirements, requirementKey } = job.jobClass;
    const { excludedProviders } = job;
    const decision =
      excludedProviders.length === 0
        ? fleet.decide(requirements, requirementKey)
        : fleet.decide({ ...requirements, excludedProviders });
    const site = decision.placed ? sites.get(decision.providerId) : undefined;
    if (!site) return false;
    fleet.reserve(site.provider.id, amountsOf(job, site));
    taken += 1;
    tally.attempts += 1;
    tally.mostRunning = Math.max(tally.mostRunning, taken);
    const { activeWorkers = 0, maxWorkers = 0 } = fleet.get(site.provider.id) ?? {};
    observe?.({ kind: "reserved", job: job.number, provider: site.provider.id, activeWorkers, maxWorkers });
    runner.start(job, site);
    return true;
  }

  /** One that cannot be placed waits until something changes; behind one like it that waits it cannot be placed either. */
  function place(job: Job): void {
    if (!waiting.hasLikeOf(job) && take(job)) return;
    waiting.add(job);
    tally.mostWaiting = Math.max(tally.mostWaiting, waiting.count);
  }

  function onEnd(attempt: Attempt, how: Parameters<typeof settleAttempt>[1]): void {
    const { job, site, reservedAt } = attempt;
    const now = clock.nowSeconds;
    fleet.release(site.provider.id, amountsOf(job, site));
    taken -= 1;
    site.busySeconds += Math.max(0, Math.min(now, plan.horizonSeconds) - Math.min(reservedAt, plan.horizonSeconds));
    const { maxAttempts, backoffSeconds } = job.jobClass;
    const { ownFailures, infrastructureFailures } = job;
    const outcome = settleAttempt(
      { maxAttempts, backoffSeconds, ownFailures, infrastructureFailures, cancelRequested: false },
      how,
    );
    tally.settled(attempt, outcome, now);
    if (outcome.next !== "PENDING") observe?.({ kind: "ended", job: job.number, state: outcome.next });
    else {
      if (outcome.countsAs === "own") job.ownFailures += 1;
      else job.infrastructureFailures += 1;
      if (outcome.excludeProvider && !job.excludedProviders.includes(site.provider.id))
        job.excludedProviders = [...job.excludedProviders, site.provider.id].sort();
      if (outcome.backoffSeconds > 0) clock.after(outcome.backoffSeconds, () => place(job));
      else waiting.add(job);
    }
    waiting.offer(take);
  }

  const arrivals = plan.arrivals[Symbol.iterator]();
  let came = 0;
  function planArrival(): void {
    const next = arrivals.next();
    if (next.done) return;
    clock.at(next.value.atSeconds, () => {
      came += 1;
      const job = jobOf(next.value, came);
      tally.submitted(job);
      place(job);
      planArrival();
    });
  }

  planOutages([...sites.values()], outages, {
    ...times,
    clock,
    chance,
    horizonSeconds: plan.horizonSeconds,
    end: (attempt, how) => runner.end(attempt, how),
    onOutage: () => {
      tally.outages += 1;
    },
    onHealth(site, health) {
      fleet.setHealth(site.provider.id, health);
      if (health === "healthy") waiting.offer(take);
    },
  });
  planArrival();
  clock.run((next) => {
    // Outages may go on when nobody is there any more.
    if (came < plan.count || taken > 0) series.upTo(next);
  });
  return reportOf({
    tally,
    waiting: waiting.classes(),
    fleet,
    sites: [...sites.values()],
    horizonSeconds: plan.horizonSeconds,
    series: series.end(),
  });
}

function jobOf({ atSeconds, jobClass, durationSeconds, failureRate }: Arrival, number: number): Job {
  return {
    number,
    jobClass,
    submittedAt: atSeconds,
    durationSeconds,
    failureRate,
    firstRanAt: undefined,
    ownFailures: 0,
    infrastructureFailures: 0,
    excludedProviders: [],
  };
}
