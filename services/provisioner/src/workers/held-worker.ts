import type { TerminateReason, WorkerReport } from "@hodei/contracts";
import type { WorkerExit } from "@hodei/providers";
import type { ClaimedWorker } from "@hodei/store";
import { epochMs, isRecorded, startSpan, workerContext } from "@hodei/telemetry";
import type { ProviderRuntime } from "../providers/provider-runtime.ts";
import type { StartLimit } from "./start-limit.ts";
import type { WorkerLog } from "./worker-log.ts";

/** A worker that this provisioner is responsible for. */
export interface HeldWorker {
  readonly claim: ClaimedWorker;
  phase: "queued" | "starting" | "running" | "ended";
  /** Set once somebody wants it ended, and why. */
  stopReason: TerminateReason | undefined;
  /** While its start is under way. */
  startLimit: StartLimit | undefined;
  /** When its time to start is over, on this process's own clock; waiting in a queue counts. */
  readonly startDeadline: number;
  startedAt: Date | undefined;
  /** What it runs at, once it does. */
  runtime: ProviderRuntime | undefined;
  /** An end that was seen before `start` had answered. */
  earlyExit: WorkerExit | undefined;
  /** Its part of its job's log, from when its start begins. */
  log: WorkerLog | undefined;
  /** Resolves when its output was published as far as it goes; `undefined` while there is none. */
  logsDone: Promise<void> | undefined;
  deadline: NodeJS.Timeout | undefined;
  /** When its end was told, on this process's own clock. */
  endToldAt: number | undefined;
  /** What was last told of it. */
  lastReport: WorkerReport | undefined;
  /** From the claim to the worker's end, in its job's trace; `undefined` where the job is not sampled. */
  readonly span: ReturnType<typeof startSpan>;
  /** The trace context of that span, or its job's own where it is not recorded. */
  readonly context: string | null;
}

export function holdWorker(claim: ClaimedWorker): HeldWorker {
  return {
    claim,
    phase: "queued",
    stopReason: claim.terminateReason ?? undefined,
    startLimit: undefined,
    startDeadline: performance.now() + claim.startSecondsLeft * 1000,
    startedAt: undefined,
    runtime: undefined,
    earlyExit: undefined,
    log: undefined,
    logsDone: undefined,
    endToldAt: undefined,
    lastReport: undefined,
    deadline: undefined,
    context: claim.traceparent && workerContext(claim.traceparent, claim.attempt),
    span: startWorkerSpan(claim),
  };
}

function startWorkerSpan(claim: ClaimedWorker): HeldWorker["span"] {
  const { traceparent: job, attempt, runningForSeconds } = claim;
  if (!isRecorded(job)) return undefined;
  return startSpan("hodei.worker", {
    parent: job,
    // Known by its job and attempt alone: whoever takes the worker over goes on with the same span, and the next attempt links to it.
    self: workerContext(job, attempt),
    links: attempt > 1 ? [workerContext(job, attempt - 1)] : [],
    begun: epochMs() - (runningForSeconds ?? 0) * 1000,
    attributes: {
      "hodei.job_id": claim.jobId,
      "hodei.attempt": claim.attempt,
      "hodei.provider": claim.providerName,
      "hodei.provider_type": claim.providerType,
    },
  });
}
