import type { Delivery } from "@hodei/bus";
import { isFinalWorkerState, problemsOf, type WorkerReport, WorkerStatus } from "@hodei/contracts";
import { advancesWorker } from "@hodei/lifecycle";
import { advanceWorkers, type Queryable, type WorkerProgress } from "@hodei/store";
import { epochMs, metrics } from "@hodei/telemetry";
import type { Refusal } from "../admission/reject-submissions.ts";
import type { Announcer } from "../announce.ts";
import type { EndReport, SettleReports } from "../settling/settle-reports.ts";
import { traceRunning } from "../tracing/trace-settlement.ts";

/** `worker.status.*`: moves workers and their jobs forward, whatever the order and however often a report comes. */
export function workerStatus({
  db,
  announcer,
  settle,
  reject,
}: {
  db: Queryable;
  announcer: Announcer;
  settle: SettleReports;
  reject: (refusals: readonly Refusal[]) => Promise<void>;
}) {
  return async function handle(batch: readonly Delivery[]): Promise<void> {
    const begun = epochMs();
    const { reports, refusals } = read(batch);
    const latest = latestOfEach(reports);
    const statementBegun = epochMs();
    const running = await advanceWorkers(db, latest.flatMap(progressOf));
    const ended = epochMs();
    traceRunning(running, { begun, statementBegun, statementEnded: ended, ended, batch: latest.length });
    announcer.notice(
      "RUNNING",
      running.map((job) => ({ ...job, provider: job.providerName })),
    );
    for (const job of running) metrics.jobWaitSeconds.observe(Math.max(0, job.waitSeconds));
    const again = batch.some((delivery) => delivery.deliveryCount > 1);
    await settle(latest.filter(isEnd), { again, reported: true });
    await reject(refusals);
  };
}

function read(batch: readonly Delivery[]): { reports: WorkerReport[]; refusals: Refusal[] } {
  const reports: WorkerReport[] = [];
  const refusals: Refusal[] = [];
  for (const delivery of batch) {
    try {
      const parsed = WorkerStatus.safeParse(JSON.parse(Buffer.from(delivery.data).toString("utf8")));
      if (parsed.success) reports.push(...parsed.data.items);
      else refusals.push({ delivery, jobId: "", problems: problemsOf(parsed.error) });
    } catch (error) {
      refusals.push({ delivery, jobId: "", problems: [{ path: "", message: `is not JSON (${String(error)})` }] });
    }
  }
  return { reports, refusals };
}

/** One report per attempt, the one furthest on: a batch settles each worker once. */
function latestOfEach(reports: readonly WorkerReport[]): WorkerReport[] {
  const latest = new Map<string, WorkerReport>();
  for (const report of reports) {
    const key = `${report.job_id}.${report.attempt}`;
    const known = latest.get(key);
    if (!known || advancesWorker(known.state, report.state)) latest.set(key, report);
  }
  return [...latest.values()];
}

function progressOf({ job_id: jobId, attempt, state, at }: WorkerReport): WorkerProgress[] {
  return state === "STARTING" || state === "RUNNING" ? [{ jobId, attempt, state, at }] : [];
}

function isEnd(report: WorkerReport): report is EndReport {
  return isFinalWorkerState(report.state);
}
