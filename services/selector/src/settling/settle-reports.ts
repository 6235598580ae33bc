import { requirementClassOf } from "@hodei/admission";
import { type FinalWorkerState, storedJobSpec, type WorkerReport } from "@hodei/contracts";
import { explainFailure, type FailureNames } from "@hodei/diagnostics";
import { type AttemptOutcome, isSuccess, settleAttempt } from "@hodei/lifecycle";
import {
  type AttemptRow,
  type FinalJob,
  type Queryable,
  readAttempts,
  readFinalJobs,
  type SettledJob,
  settleWorkers,
  type WorkerSettlement,
} from "@hodei/store";
import { epochMs, jobFields, type Logger, metrics } from "@hodei/telemetry";
import type { Announcer } from "../announce.ts";
import type { Placer } from "../placing/placer.ts";
import { traceSettled } from "../tracing/trace-settlement.ts";

/** A report of a worker's end. */
export type EndReport = WorkerReport & { state: FinalWorkerState };

/** Settles ends: slots freed, jobs finished or waiting again, finals announced. Harmless to repeat. */
export type SettleReports = (ends: readonly EndReport[], options: SettleOptions) => Promise<void>;

interface SettleOptions {
  /** Delivered before: what it settled then may not have been told. */
  again: boolean;
  /** A provisioner said so in a message, as opposed to the selector itself. */
  reported?: boolean;
}

export function makeSettleReports({
  db,
  placer,
  announcer,
  logger,
  onWaiting,
}: {
  db: Queryable;
  placer: Placer;
  announcer: Announcer;
  logger: Logger;
  /** Slots were freed or jobs wait again. */
  onWaiting: () => void;
}): SettleReports {
  return async function settle(ends, { again, reported = false }) {
    if (ends.length === 0) return;
    const begun = epochMs();
    const settlements = await judge(db, ends);
    const statementBegun = epochMs();
    const { jobs, loads } = await settleWorkers(db, settlements);
    const statementEnded = epochMs();
    placer.freed(loads);
    // Whoever waits for these slots does not wait for what is told of those who had them.
    const waiting = jobs.filter((job) => job.state === "PENDING");
    if (loads.length > 0 || waiting.length > 0) onWaiting();
    const byAttempt = new Map(settlements.map((settlement) => [keyOf(settlement), settlement]));
    const settlementFor = (job: SettledJob) => byAttempt.get(keyOf(job));
    const finishedAt = new Date();
    const finals = jobs.flatMap((job) => finalJobOf(job, settlementFor(job), finishedAt));
    // Settled by an earlier delivery that died before it could tell: tell it now (I3).
    const moved = new Set(jobs.map((job) => job.jobId));
    const silent = again ? settlements.filter((each) => !moved.has(each.jobId)).map((each) => each.jobId) : [];
    if (silent.length > 0) finals.push(...(await readFinalJobs(db, silent)));
    await announcer.final(finals);
    const times = { begun, statementBegun, statementEnded, ended: epochMs(), batch: settlements.length };
    traceSettled(jobs, settlementFor, reported, times);
    for (const job of jobs) measure(job, settlementFor(job));
    announcer.notice("PENDING", waiting);
    for (const job of waiting) logRetry(logger, job, settlementFor(job));
  };
}

function keyOf({ jobId, attempt }: { jobId: string; attempt: number }): string {
  return `${jobId}.${attempt}`;
}

/** What each end means for its job; only what did not simply succeed needs to be looked up. */
async function judge(db: Queryable, ends: readonly EndReport[]): Promise<WorkerSettlement[]> {
  const failed = ends.filter((end) => !isSuccess(attemptEnd(end)));
  const rows =
    failed.length === 0
      ? []
      : await readAttempts(
          db,
          failed.map((end) => end.job_id),
          failed.map((end) => end.attempt),
        );
  const byKey = new Map(rows.map((row) => [`${row.jobId}.${row.attempt}`, row]));
  return ends.flatMap((end) => {
    if (isSuccess(attemptEnd(end))) return [settlementOf(end, { next: "SUCCEEDED" }, null, {})];
    const row = byKey.get(`${end.job_id}.${end.attempt}`);
    if (!row) return [];
    const outcome = settleAttempt(row.facts, attemptEnd(end));
    const names = { provider: row.providerName, providerType: row.providerType };
    return [settlementOf(end, outcome, classAfter(row, outcome), names)];
  });
}

function attemptEnd(end: EndReport) {
  return {
    state: end.state,
    ...(end.exit_code !== undefined && { exitCode: end.exit_code }),
    ...(end.code !== undefined && { code: end.code }),
  };
}

/** A job that excludes one provider more waits in another requirement class. */
function classAfter(row: AttemptRow, outcome: AttemptOutcome): string | null {
  if (outcome.next !== "PENDING" || !outcome.excludeProvider) return null;
  const excluded = [...new Set([...row.excludedProviders, row.providerId])];
  return requirementClassOf(storedJobSpec(row.spec), excluded).classId;
}

function settlementOf(
  end: EndReport,
  outcome: AttemptOutcome,
  classId: string | null,
  names: FailureNames,
): WorkerSettlement {
  const code = "code" in outcome ? outcome.code : null;
  return {
    jobId: end.job_id,
    attempt: end.attempt,
    state: end.state,
    startedAt: end.started_at ?? null,
    exitCode: end.exit_code ?? null,
    code,
    message: code ? (end.message ?? explainFailure(code, names).cause) : null,
    result: end.result === undefined ? null : JSON.stringify(end.result),
    outcome,
    classId,
    providerType: names.providerType ?? "unknown",
  };
}

function finalJobOf(job: SettledJob, settlement: WorkerSettlement | undefined, finishedAt: Date): FinalJob[] {
  if (job.state === "PENDING" || !settlement) return [];
  return [
    {
      jobId: job.jobId,
      attempt: job.attempt,
      state: job.state,
      providerName: job.providerName,
      finishedAt,
      exitCode: settlement.exitCode,
      code: settlement.code,
      message: settlement.message,
      result: settlement.result === null ? null : JSON.parse(settlement.result),
      traceparent: job.traceparent,
    },
  ];
}

/** What was moved just now; an end that is told again is not counted again. */
function measure({ state, waitSeconds }: SettledJob, settlement: WorkerSettlement | undefined): void {
  if (state !== "PENDING") metrics.jobs.inc({ state });
  if (waitSeconds !== null) metrics.jobWaitSeconds.observe(Math.max(0, waitSeconds));
  if (!settlement?.code || settlement.code === "CANCELLED") return;
  metrics.workerFailures.inc({ code: settlement.code, provider_type: settlement.providerType });
}

function logRetry(logger: Logger, job: SettledJob, settlement: WorkerSettlement | undefined): void {
  const { jobId, traceparent, attempt, providerName } = job;
  const fields = { ...jobFields(jobId, traceparent, attempt), provider: providerName, code: settlement?.code };
  logger.warn(
    fields,
    `Attempt ${job.attempt} of job ${job.jobId} failed on ${job.providerName}; it will be tried again`,
  );
}
