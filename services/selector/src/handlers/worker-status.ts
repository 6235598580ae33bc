import type { Delivery } from "@hodei/bus";
import { isFinalWorkerState, type Problem, problemsOf, storable, storableText, WorkerReport } from "@hodei/contracts";
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
    const problems = readReports(delivery.data, reports);
    if (problems.length > 0) refusals.push({ delivery, jobId: "", problems });
  }
  return { reports, refusals };
}

/** Adds what can be read to `reports`: one bad item fails none of the others. @returns what is wrong with the rest */
function readReports(data: Uint8Array, reports: WorkerReport[]): Problem[] {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(data).toString("utf8"));
  } catch (error) {
    return [{ path: "", message: `is not JSON (${String(error)})` }];
  }
  const items = typeof body === "object" && body !== null && "items" in body ? body.items : undefined;
  if (!Array.isArray(items)) return [{ path: "items", message: "is no list of reports" }];
  return items.flatMap((item, i) => {
    const parsed = WorkerReport.safeParse(item);
    if (!parsed.success)
      return problemsOf(parsed.error).map(({ path, message }) => ({
        path: `items[${i}]${path && `.${path}`}`,
        message,
      }));
    const { message, result, ...rest } = parsed.data;
    reports.push({
      ...rest,
      ...(message !== undefined && { message: storableText(message) }),
      ...(result !== undefined && { result: storable(result) }),
    });
    return [];
  });
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

function progressOf({ job_id: jobId, attempt, state, at, started_at }: WorkerReport): WorkerProgress[] {
  if (state === "STARTING") return [{ jobId, attempt, state, at }];
  // A report that is said again is of now; the worker runs since it started.
  return state === "RUNNING" ? [{ jobId, attempt, state, at: started_at ?? at }] : [];
}

function isEnd(report: WorkerReport): report is EndReport {
  return isFinalWorkerState(report.state);
}
