import { DEFAULT_TIMEOUT_SECONDS, type Resources } from "@hodei/contracts";
import type { AttemptEnd } from "@hodei/lifecycle";
import type { Job } from "./job.ts";
import type { Attempt, Site } from "./site.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Until a start at a provider that cannot be reached is given up, in seconds: what an answer may take by default. */
const UNREACHABLE_AFTER = 5;
const FAILED_EXIT_CODE = 1;

/** What the providers do with the workers that are reserved there: starts, runs and ends, by chance and by outages. */
export interface AttemptRunner {
  start(job: Job, site: Site): void;
  /** Ends an attempt now, unless it has ended. */
  end(attempt: Attempt, how: AttemptEnd): void;
}

export function makeAttemptRunner({
  clock,
  chance,
  onRunning,
  onEnd,
}: {
  clock: VirtualClock;
  chance: () => number;
  onRunning: (attempt: Attempt) => void;
  onEnd: (attempt: Attempt, how: AttemptEnd) => void;
}): AttemptRunner {
  function start(job: Job, site: Site): void {
    const attempt: Attempt = { job, site, reservedAt: clock.nowSeconds, state: "starting", unseenEnd: undefined };
    site.attempts.add(attempt);
    const { drawStartSeconds, startFailureRate, startFailureCode } = site.behaviour;
    const startSeconds = drawStartSeconds();
    const fails = startFailureRate > 0 && chance() < startFailureRate;
    const limit = job.jobClass.provisioningTimeoutSeconds;
    const giveUp = (seconds: number, code: string) =>
      clock.after(Math.min(seconds, limit), () => end(attempt, { state: "FAILED", code }));
    if (site.outage) giveUp(UNREACHABLE_AFTER, "UNREACHABLE");
    else if (startSeconds > limit) giveUp(limit, "TIMEOUT_PROVISIONING");
    else if (fails) giveUp(startSeconds, startFailureCode);
    else clock.after(startSeconds, () => run(attempt));
  }

  function run(attempt: Attempt): void {
    if (attempt.state !== "starting") return;
    const { job, site } = attempt;
    if (site.outage)
      return clock.after(UNREACHABLE_AFTER, () => end(attempt, { state: "FAILED", code: "UNREACHABLE" }));
    attempt.state = "running";
    onRunning(attempt);
    const limit = job.jobClass.timeoutSeconds ?? Math.min(DEFAULT_TIMEOUT_SECONDS, longestRunOf(site));
    const fails = job.failureRate > 0 && chance() < job.failureRate;
    if (job.durationSeconds > limit)
      clock.after(limit, () => reach(attempt, { state: "TERMINATED", code: "TIMEOUT_RUN" }));
    else
      clock.after(job.durationSeconds, () =>
        reach(attempt, { state: "EXITED", exitCode: fails ? FAILED_EXIT_CODE : 0 }),
      );
  }

  /** A worker comes to its end by itself; nobody sees it while its provider is away. */
  function reach(attempt: Attempt, how: AttemptEnd): void {
    if (attempt.state === "ended") return;
    if (attempt.site.outage) attempt.unseenEnd ??= how;
    else end(attempt, how);
  }

  function end(attempt: Attempt, how: AttemptEnd): void {
    if (attempt.state === "ended") return;
    attempt.state = "ended";
    attempt.site.attempts.delete(attempt);
    onEnd(attempt, how);
  }

  return { start, end };
}

function longestRunOf({ provider }: Site): number {
  return provider.longestRunSeconds ?? Number.POSITIVE_INFINITY;
}

/** What a job takes of its provider: what it asks, else the provider's default. */
export function amountsOf(job: Job, { provider }: Site): Required<Resources> {
  const { resources } = job.jobClass.requirements;
  const { defaultResources } = provider;
  return {
    cpuMillis: resources.cpuMillis ?? defaultResources.cpuMillis ?? 0,
    memoryBytes: resources.memoryBytes ?? defaultResources.memoryBytes ?? 0,
    gpu: resources.gpu ?? defaultResources.gpu ?? 0,
  };
}
