import type { Bus, Delivery } from "@hodei/bus";
import { JobCancel, type Problem, problemsOf, SUBJECTS } from "@hodei/contracts";
import { cancelJobs, readArchivedEnds, readFinalJobs, type Store } from "@hodei/store";
import { jobFields, type Logger, metrics } from "@hodei/telemetry";
import type { Refusal } from "../admission/reject-submissions.ts";
import type { Announcer } from "../announce.ts";
import type { SettleReports } from "../settling/settle-reports.ts";

/** Seconds a cancelled worker gets between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 10;
/** A cancel may overtake its job's submission, which is another subject: an unknown job is asked for again this often. */
const PATIENCE_DELIVERIES = 5;
/** And while submissions wait to be read, for so long. */
const PATIENCE_MS = 10 * 60_000;

/** `job.cancel`: waiting jobs end at once, live ones are marked and their workers ended; one winner by the rows (design §5.1). */
export function jobCancel({
  store,
  bus,
  announcer,
  settle,
  reject,
  logger,
}: {
  store: Store;
  bus: Bus;
  announcer: Announcer;
  settle: SettleReports;
  reject: (refusals: readonly Refusal[]) => Promise<void>;
  logger: Logger;
}) {
  return async function handle(batch: readonly Delivery[]): Promise<void> {
    const refusals: Refusal[] = [];
    const cancels = new Map<string, { cancel: JobCancel; delivery: Delivery }>();
    for (const delivery of batch) {
      const read = readCancel(delivery.data);
      if (Array.isArray(read)) refusals.push({ delivery, jobId: "", problems: read });
      else cancels.set(read.job_id, { cancel: read, delivery });
    }
    const asked = [...cancels.values()].map(({ cancel }) => ({ jobId: cancel.job_id, reason: cancel.reason ?? null }));
    const { jobs, workers } = await store.transaction("selector", (tx) => cancelJobs(tx, asked));
    const found = new Set(jobs.map((job) => job.jobId));
    const unknown = [...cancels].filter(([jobId]) => !found.has(jobId));
    const isLate = ({ deliveryCount }: Delivery) => deliveryCount >= PATIENCE_DELIVERIES;
    // Behind a backlog of submissions may be that of the job.
    const isBacklogged = unknown.some(([, { delivery }]) => isLate(delivery)) && (await submissionsPending(bus)) > 0;
    const mayCome = (delivery: Delivery) =>
      !isLate(delivery) || (isBacklogged && Date.now() - delivery.publishedAt.getTime() < PATIENCE_MS);
    const hopeless = unknown.filter(([, { delivery }]) => !mayCome(delivery));
    const archived = await readArchivedEnds(
      store.pool,
      hopeless.map(([jobId]) => jobId),
    );
    for (const [jobId, { delivery }] of unknown) {
      const state = archived.get(jobId);
      if (mayCome(delivery)) delivery.retry();
      else if (state) logger.info({ job_id: jobId, state }, `Cancel of job ${jobId} came too late: it is ${state}`);
      else
        refusals.push({
          delivery,
          jobId,
          problems: [{ path: "job_id", message: `"${jobId}" is no job here; see hodei jobs list` }],
        });
    }
    for (const job of jobs) {
      const late = job.state !== "CANCELLED" && job.state !== "PROVISIONING" && job.state !== "RUNNING";
      if (late)
        logger.info(
          { ...jobFields(job.jobId, job.traceparent, job.attempt), state: job.state },
          `Cancel of job ${job.jobId} came too late: it is ${job.state}`,
        );
    }
    const at = new Date().toISOString();
    const unclaimed = workers.filter((worker) => !worker.claimed);
    await settle(
      unclaimed.map((worker) => ({
        job_id: worker.jobId,
        attempt: worker.attempt,
        state: "TERMINATED" as const,
        at,
        code: "CANCELLED",
      })),
      { again: false },
    );
    await bus.publishItems(
      SUBJECTS.workerTerminate,
      workers
        .filter((worker) => worker.claimed)
        .map((worker) => ({
          job_id: worker.jobId,
          attempt: worker.attempt,
          provider_id: worker.providerId,
          reason: "CANCELLED" as const,
          grace_seconds: GRACE_SECONDS,
        })),
      { messageIdOf: (item) => `${item.job_id}.${item.attempt}.CANCEL` },
    );
    const won = jobs.filter((job) => job.state === "CANCELLED").map((job) => job.jobId);
    metrics.jobs.inc({ state: "CANCELLED" }, jobs.filter((job) => job.won).length);
    await announcer.final(won.length > 0 ? await readFinalJobs(store.pool, won) : []);
    await reject(refusals);
  };
}

async function submissionsPending(bus: Bus): Promise<number> {
  return (await bus.consumerPending()).get("selector-job-submitted") ?? 0;
}

function readCancel(data: Uint8Array): JobCancel | Problem[] {
  try {
    const parsed = JobCancel.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)));
    return parsed.success ? parsed.data : problemsOf(parsed.error);
  } catch {
    return [{ path: "", message: 'is not JSON; write for example {"job_id": "nightly-42"}' }];
  }
}
