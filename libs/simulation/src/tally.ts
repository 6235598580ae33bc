import type { FailureCode } from "@hodei/diagnostics";
import type { AttemptOutcome } from "@hodei/lifecycle";
import type { Job } from "./job.ts";
import { makeSamples, type Samples } from "./samples.ts";
import type { Attempt } from "./site.ts";

/** What is counted of the jobs of one priority. */
export interface PriorityTally {
  submitted: number;
  /** Seconds from submission to the first time that a worker ran. */
  waits: Samples;
  /** Sum over jobs that succeeded: time from submission to the end ÷ time that the job needs. */
  slowdowns: number;
  succeeded: number;
}

export interface Tally {
  ended: Record<"SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED", number>;
  attempts: number;
  decisions: number;
  /** Attempts that moved their job to another provider, and attempts that a job repeated by its own `retry`. */
  failovers: number;
  retries: number;
  outages: number;
  /** When the last job ended. */
  lastEndSeconds: number;
  mostWaiting: number;
  mostRunning: number;
  /** By code: attempts that ended so, and jobs that ended by it. */
  failures: Map<FailureCode, { attempts: number; jobs: number }>;
  priorities: Map<number, PriorityTally>;
  submitted(job: Job): void;
  ran(job: Job, now: number): void;
  settled(attempt: Attempt, outcome: AttemptOutcome, now: number): void;
}

export function makeTally(): Tally {
  const failures: Tally["failures"] = new Map();
  const priorities: Tally["priorities"] = new Map();

  function priorityOf({ jobClass: { priority } }: Job): PriorityTally {
    const known = priorities.get(priority);
    if (known) return known;
    const made = { submitted: 0, waits: makeSamples(), slowdowns: 0, succeeded: 0 };
    priorities.set(priority, made);
    return made;
  }

  function failed(code: FailureCode, endsJob: boolean): void {
    const counts = failures.get(code) ?? { attempts: 0, jobs: 0 };
    failures.set(code, counts);
    counts.attempts += 1;
    if (endsJob) counts.jobs += 1;
  }

  const tally: Tally = {
    ended: { SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, CANCELLED: 0 },
    attempts: 0,
    decisions: 0,
    failovers: 0,
    retries: 0,
    outages: 0,
    lastEndSeconds: 0,
    mostWaiting: 0,
    mostRunning: 0,
    failures,
    priorities,
    submitted(job) {
      priorityOf(job).submitted += 1;
    },
    ran(job, now) {
      if (job.firstRanAt !== undefined) return;
      job.firstRanAt = now;
      priorityOf(job).waits.add(now - job.submittedAt);
    },
    settled({ job }, outcome, now) {
      if (outcome.next === "PENDING") {
        failed(outcome.code, false);
        if (outcome.countsAs === "own") tally.retries += 1;
        else tally.failovers += 1;
        return;
      }
      tally.ended[outcome.next] += 1;
      tally.lastEndSeconds = now;
      if (outcome.next !== "SUCCEEDED") return failed(outcome.code, true);
      const counts = priorityOf(job);
      counts.succeeded += 1;
      // A job of no length is taken as one second, as slowdowns are bounded everywhere.
      counts.slowdowns += Math.max(1, (now - job.submittedAt) / Math.max(1, job.durationSeconds));
    },
  };
  return tally;
}
