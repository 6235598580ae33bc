import type { FinalWorkerState, TerminateReason, WorkerReport } from "@hodei/contracts";
import type { WorkerExit, WorkerHandle } from "@hodei/providers";
import { type Batcher, makeBatcher, settledWithin } from "@hodei/runtime";
import { type ClaimedWorker, isUnreachable, type Queryable, recordResources } from "@hodei/store";
import { epochMs, isoTime, jobFields, type Logger, metrics } from "@hodei/telemetry";
import type { ProviderRuntime } from "../providers/provider-runtime.ts";
import type { ProviderRuntimes } from "../providers/provider-runtimes.ts";
import { endReport } from "./end-report.ts";
import { type HeldWorker, holdWorker } from "./held-worker.ts";
import { resolveSecrets } from "./resolve-secrets.ts";
import { armDeadline } from "./run-deadline.ts";
import { environmentOf, failureCodeOf, messageOf } from "./start-attempt.ts";
import { openStartLimit } from "./start-limit.ts";
import type { StatusReporter } from "./status-reporter.ts";
import { traceProviderCall, traceWorkerEnd } from "./trace-worker.ts";
import type { OpenWorkerLog } from "./worker-log.ts";
import { makeWorkerTelling } from "./worker-telling.ts";

/** Seconds between SIGTERM and SIGKILL when a run times out. */
const TIMEOUT_GRACE_SECONDS = 10;
/** The end of a worker is reported once its output is published, or after this; the rest of a long log follows. */
const LOGS_PATIENCE_MS = 15_000;
/** A worker that could not be ended is ended again after this. */
const STOP_AGAIN_MS = 5_000;

/** Starts workers, follows them to their end, and tells the selector. */
export interface WorkerSupervisor {
  readonly held: ReadonlyMap<string, HeldWorker>;
  /** Takes a claimed worker: starts it, or adopts it where it is already there. One that is held is left alone. */
  take(claim: ClaimedWorker): void;
  /** Reports a worker that its provider no longer has, or that has been out of sight too long. One that has ended is left alone. */
  lost(claim: ClaimedWorker, why: string): void;
  /** Ends a worker in whatever phase it is; nothing when it is not held here. */
  stop(name: string, reason: TerminateReason, graceSeconds: number): void;
  /** An end seen at a provider; false when that worker is not held here. */
  ended(exit: WorkerExit): boolean;
  /** Says again what was last reported of a worker. */
  reportAgain(name: string): void;
  /** Lets go of a worker: somebody else has it, or its row is final. */
  release(name: string): void;
  /** Resolves when what was read of the workers' output is published; for a service that stops. */
  settleLogs(): Promise<void>;
}

export interface SupervisorOptions {
  db: Queryable;
  openLog: OpenWorkerLog;
  runtimes: () => ProviderRuntimes;
  reporter: StatusReporter;
  instanceId: string;
  secretsDirectory: string | null;
  logger: Logger;
  /** Aborts when the service stops; workers go on. */
  signal: AbortSignal;
  /** A worker has ended: what is left of it may be removed once its row is final. */
  onEnded: () => void;
}

export function makeWorkerSupervisor(options: SupervisorOptions): WorkerSupervisor {
  const { db, reporter, logger, signal } = options;
  const held = new Map<string, HeldWorker>();
  const telling = makeWorkerTelling(held, reporter);
  const resources: Batcher<{ jobId: string; attempt: number; resourceId: string }> = makeBatcher({
    maxItems: 256,
    flush: async (started) => void (await recordResources(db, started, options.instanceId)),
  });

  function reportEnd(worker: HeldWorker, state: FinalWorkerState, rest: Partial<WorkerReport>): void {
    worker.phase = "ended";
    worker.endToldAt = performance.now();
    clearTimeout(worker.deadline);
    traceWorkerEnd(worker, state, rest);
    telling.report(worker, state, {
      ...(worker.startedAt && { started_at: isoTime(worker.startedAt.getTime()) }),
      ...rest,
    });
    options.onEnded();
  }

  async function begin(worker: HeldWorker): Promise<void> {
    if (worker.stopReason && worker.claim.state === "REQUESTED") {
      reportEnd(worker, "TERMINATED", { code: worker.stopReason });
      return;
    }
    let runtime: ProviderRuntime;
    try {
      runtime = await options.runtimes().get(worker.claim.providerId);
    } catch (error) {
      if (isUnreachable(error)) {
        // Our database is away, which is no fault of the provider: the claim runs out or is kept, and the worker is taken again.
        logger.warn({ err: error, worker: worker.claim.name }, "a worker waits for PostgreSQL");
        release(worker.claim.name);
        return;
      }
      reportEnd(worker, "FAILED", { code: "CONFIG_INVALID", message: messageOf(error) });
      return;
    }
    runtime.queue.add(() => start(worker, runtime));
  }

  async function start(worker: HeldWorker, runtime: ProviderRuntime): Promise<void> {
    if (signal.aborted || held.get(worker.claim.name) !== worker) return;
    // Whoever had it before may have created it: what is there is ended, and nothing new is made.
    if (worker.stopReason && worker.claim.state !== "RUNNING") return failed(worker, runtime, undefined, false);
    worker.phase = "starting";
    telling.tellSoon(worker);
    const begun = performance.now();
    const callBegun = epochMs();
    const isAdopting = worker.claim.state === "RUNNING";
    using limit = openStartLimit(isAdopting ? null : worker.startDeadline - begun);
    worker.startLimit = limit;
    try {
      const secrets = await resolveSecrets(worker.claim.job.secrets, options.secretsDirectory);
      const log = options.openLog(worker.claim, Object.values(secrets));
      worker.log = log;
      const spec = {
        name: worker.claim.name,
        jobId: worker.claim.jobId,
        attempt: worker.claim.attempt,
        job: worker.claim.job,
        env: environmentOf(worker, secrets),
        timeoutSeconds: worker.claim.runTimeoutSeconds,
        progress: (line: string) => log.say(line),
        announce: (resourceId: string) => announce(worker, resourceId),
        announced: worker.claim.resourceId,
      };
      const handle = await runtime.breaker.run(() => limit.race(runtime.provider.start(spec, limit.signal)));
      metrics.workerStartSeconds.observe(
        { provider_type: worker.claim.providerType },
        (performance.now() - begun) / 1000,
      );
      traceProviderCall("start", worker, callBegun);
      started(worker, handle, runtime);
    } catch (error) {
      traceProviderCall("start", worker, callBegun, limit.isTimedOut ? "TIMEOUT_PROVISIONING" : failureCodeOf(error));
      failed(worker, runtime, error, limit.isTimedOut);
    } finally {
      worker.startLimit = undefined;
    }
  }

  function started(worker: HeldWorker, handle: WorkerHandle, runtime: ProviderRuntime): void {
    if (held.get(worker.claim.name) !== worker) return;
    const { jobId, attempt, name, runningForSeconds } = worker.claim;
    worker.phase = "running";
    worker.runtime = runtime;
    worker.span?.addEvent("running");
    worker.startedAt = handle.startedAt ?? new Date(Date.now() - (runningForSeconds ?? 0) * 1000);
    telling.tellSoon(worker);
    const early = worker.earlyExit ?? runtime.takeEarlyExit(name);
    if (runtime.source.providerType !== "simulated") {
      // The name in the row already identifies the worker; the vendor's id is for people.
      resources.add({ jobId, attempt, resourceId: handle.resourceId }).catch((error: unknown) => {
        const fields = jobFields(jobId, worker.claim.traceparent, attempt);
        logger.warn({ err: error, ...fields }, "the worker's resource id could not be written");
      });
      const source = { provider: runtime.provider, isAdopted: handle.adopted, isOver: () => worker.phase === "ended" };
      worker.logsDone = worker.log?.follow(source) ?? worker.logsDone;
    }
    if (early) finish(worker, early);
    else armDeadline(worker, () => stop(name, "TIMEOUT_RUN", TIMEOUT_GRACE_SECONDS));
    if (worker.stopReason) end(worker, runtime, worker.stopReason === "TIMEOUT_RUN" ? TIMEOUT_GRACE_SECONDS : 0);
  }

  async function announce({ claim: { jobId, attempt, name } }: HeldWorker, resourceId: string): Promise<void> {
    const written = await recordResources(db, [{ jobId, attempt, resourceId }], options.instanceId);
    if (written === 1) return;
    release(name);
    throw new Error(`the claim on ${name} is gone: another provisioner has it`);
  }

  function failed(worker: HeldWorker, runtime: ProviderRuntime, error: unknown, timedOut: boolean): void {
    const { name, startSecondsLeft } = worker.claim;
    // Let go of: somebody else has it, whose worker this attempt is now.
    if (signal.aborted || held.get(name) !== worker) return;
    const late = { code: "TIMEOUT_PROVISIONING", message: `no worker within ${Math.round(startSecondsLeft)} s` };
    worker.logsDone = worker.log?.close() ?? worker.logsDone;
    reportAfterLog(worker, () => {
      const code = failureCodeOf(error);
      if (worker.stopReason) reportEnd(worker, "TERMINATED", { code: worker.stopReason });
      else if (timedOut) reportEnd(worker, "FAILED", late);
      else reportEnd(worker, code === "WORKER_LOST" ? "LOST" : "FAILED", { code, message: messageOf(error) });
    });
    // The create call may have worked although its answer was lost.
    runtime.provider
      .stop(name, 0)
      .catch((cause: unknown) => logger.warn({ err: cause, worker: name }, "a failed start could not be cleaned up"));
  }

  function stop(name: string, reason: TerminateReason, graceSeconds: number): void {
    const worker = held.get(name);
    if (!worker || worker.phase === "ended" || worker.stopReason) return;
    worker.stopReason = reason;
    worker.startLimit?.cut();
    if (worker.phase !== "running") return;
    options
      .runtimes()
      .get(worker.claim.providerId)
      .then(
        (runtime) => end(worker, runtime, graceSeconds),
        // Its configuration may be broken by now: what it was started with may still end it.
        (error: unknown) =>
          worker.runtime ? end(worker, worker.runtime, graceSeconds) : stopAgain(worker, graceSeconds, error),
      );
  }

  function stopAgain(worker: HeldWorker, graceSeconds: number, error: unknown): void {
    const { name, jobId, attempt, traceparent } = worker.claim;
    const fields = { ...jobFields(jobId, traceparent, attempt), worker: name };
    logger.error({ err: error, ...fields }, "a worker could not be ended; it is tried again");
    const reason = worker.stopReason;
    worker.stopReason = undefined;
    if (reason) setTimeout(() => stop(name, reason, graceSeconds), STOP_AGAIN_MS).unref();
  }

  function end(worker: HeldWorker, runtime: ProviderRuntime, graceSeconds: number): void {
    const begun = epochMs();
    runtime.provider.stop(worker.claim.name, graceSeconds).then(
      () => traceProviderCall("stop", worker, begun),
      (error: unknown) => {
        traceProviderCall("stop", worker, begun, failureCodeOf(error));
        stopAgain(worker, graceSeconds, error);
      },
    );
  }

  function finish(worker: HeldWorker, exit: WorkerExit): void {
    worker.startedAt ??= exit.startedAt;
    const settle = () => {
      if (signal.aborted) return;
      const { state, rest } = endReport(exit, worker.stopReason);
      reportEnd(worker, state, rest);
    };
    if (worker.claim.providerType === "simulated") return settle();
    return reportAfterLog(worker, settle);
  }

  /** Whoever follows the log has all of it when it hears of the end. */
  function reportAfterLog(worker: HeldWorker, settle: () => void): void {
    telling.tell(worker);
    worker.phase = "ended";
    clearTimeout(worker.deadline);
    void settledWithin(worker.logsDone ?? Promise.resolve(), LOGS_PATIENCE_MS).then(() => {
      if (!signal.aborted) settle();
    });
  }

  function release(name: string): void {
    clearTimeout(held.get(name)?.deadline);
    held.delete(name);
  }

  return {
    held,
    take(claim) {
      if (held.has(claim.name)) return;
      const worker = holdWorker(claim);
      held.set(claim.name, worker);
      begin(worker).catch((error: unknown) =>
        logger.error({ err: error, worker: claim.name }, "a worker could not be started"),
      );
    },
    lost(claim, why) {
      const worker = held.get(claim.name) ?? holdWorker(claim);
      if (worker.phase === "ended") return;
      held.set(claim.name, worker);
      if (!worker.log) worker.logsDone = options.openLog(claim, []).close();
      reportEnd(worker, "LOST", { code: "WORKER_LOST", message: why });
    },
    stop,
    ended(exit) {
      const worker = held.get(exit.name);
      if (!worker) return false;
      if (worker.phase === "running") finish(worker, exit);
      else if (worker.phase !== "ended") worker.earlyExit = exit;
      return true;
    },
    reportAgain(name) {
      const last = held.get(name)?.lastReport;
      if (last) reporter.report(name, { ...last, at: isoTime() });
    },
    release,
    async settleLogs() {
      await Promise.all(held.values().flatMap(({ logsDone }) => (logsDone ? [logsDone] : [])));
    },
  };
}
