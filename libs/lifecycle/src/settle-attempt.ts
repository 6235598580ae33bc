import { type FinalWorkerState, INFRASTRUCTURE_ATTEMPTS } from "@hodei/contracts";
import { CATALOGUE, type FailureCode, isFailureCode } from "@hodei/diagnostics";

/** What must be known of a job to say what follows the end of its attempt. */
export interface JobFacts {
  maxAttempts: number;
  backoffSeconds: number;
  /** Failures of its own, and of infrastructure, before this attempt. */
  ownFailures: number;
  infrastructureFailures: number;
  cancelRequested: boolean;
}

/** How an attempt ended, as the provisioner reports it. */
export interface AttemptEnd {
  state: FinalWorkerState;
  exitCode?: number;
  code?: string;
}

export type AttemptOutcome =
  | { next: "SUCCEEDED" }
  | { next: "FAILED" | "TIMED_OUT" | "CANCELLED"; code: FailureCode; countsAs: Budget | null }
  | { next: "PENDING"; code: FailureCode; countsAs: Budget; backoffSeconds: number; excludeProvider: boolean };

/** Which budget a failure is charged to: the job's own `retry`, or the infrastructure's three attempts. */
export type Budget = "own" | "infrastructure";

/** A finished attempt needs no facts of its job to be a success, so a batch of successes costs no query. */
export function isSuccess(end: AttemptEnd): boolean {
  return end.state === "EXITED" && end.exitCode === 0 && end.code === undefined;
}

/**
 * What follows the end of an attempt (design §3.1 `retry`, §3.2, §7). A cancel beats a further attempt, never an end
 * that the job reached by itself. Pure; never throws.
 */
export function settleAttempt(job: JobFacts, end: AttemptEnd): AttemptOutcome {
  if (isSuccess(end)) return { next: "SUCCEEDED" };
  const code = codeOf(end);
  if (code === "CANCELLED") return { next: "CANCELLED", code, countsAs: null };
  const countsAs = budgetOf(code);
  const failed = code === "TIMEOUT_RUN" ? ("TIMED_OUT" as const) : ("FAILED" as const);
  if (!hasBudget(job, countsAs)) return { next: failed, code, countsAs };
  if (job.cancelRequested) return { next: "CANCELLED", code: "CANCELLED", countsAs };
  return {
    next: "PENDING",
    code,
    countsAs,
    backoffSeconds: countsAs === "own" ? job.backoffSeconds : job.infrastructureFailures,
    excludeProvider: CATALOGUE[code].retryElsewhere,
  };
}

function codeOf(end: AttemptEnd): FailureCode {
  if (end.code !== undefined) return isFailureCode(end.code) ? end.code : "PROVIDER_ERROR";
  if (end.state === "EXITED") return "EXIT_NONZERO";
  if (end.state === "LOST") return "WORKER_LOST";
  return end.state === "TERMINATED" ? "CANCELLED" : "PROVIDER_ERROR";
}

function budgetOf(code: FailureCode): Budget {
  return CATALOGUE[code].fault === "job" ? "own" : "infrastructure";
}

function hasBudget(job: JobFacts, budget: Budget): boolean {
  return budget === "own"
    ? job.ownFailures + 1 < job.maxAttempts
    : job.infrastructureFailures + 1 < INFRASTRUCTURE_ATTEMPTS;
}
