import type { Bus } from "@hodei/bus";
import { reportIdOf, SUBJECTS, workerStatusSubject } from "@hodei/contracts";
import { runLoop } from "@hodei/runtime";
import {
  countJobs,
  markOverdueStarts,
  repairDrift,
  type Store,
  takeLease,
  trimLeases,
  trimPlacements,
} from "@hodei/store";
import { type Logger, metrics } from "@hodei/telemetry";
import type { FleetView } from "../placing/fleet-view.ts";

const OVERDUE_AT_ONCE = 256;

/** The selector's part of the sweep, by lease: one instance at a time (design §5.1). */
export async function sweep({
  store,
  bus,
  view,
  holder,
  sweepSeconds,
  archiveAfterSeconds,
  changed,
  logger,
  signal,
}: {
  store: Store;
  bus: Bus;
  view: FleetView;
  holder: string;
  sweepSeconds: number;
  archiveAfterSeconds: number;
  changed: () => void;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  await runLoop({
    name: "sweep",
    signal,
    idleMs: sweepSeconds * 1000,
    onError: (error: unknown) => logger.error({ err: error }, "the sweep failed; it will be tried again"),
    step: async () => {
      if (!(await takeLease(store.pool, "selector-sweep", holder, sweepSeconds * 3))) {
        metrics.setJobCounts(undefined);
        return false;
      }
      await repairCounters();
      metrics.setJobCounts(await countJobs(store.pool), sweepSeconds * 3);
      await trimPlacements(store.pool, archiveAfterSeconds);
      await trimLeases(store.pool);
      return (await endOverdueStarts()) === OVERDUE_AT_ONCE;
    },
  });

  async function repairCounters(): Promise<void> {
    const repaired = await store.transaction("selector", repairDrift);
    if (repaired.length === 0) return;
    view.applyLoads(repaired);
    metrics.ledgerRepairs.inc(repaired.length);
    for (const load of repaired) {
      const provider = view.fleet.get(load.providerId)?.name ?? load.providerId;
      logger.warn(
        { provider, active_workers: load.activeWorkers },
        `Counter of ${provider} was changed from outside; set back to the ledger`,
      );
    }
    changed();
  }

  async function endOverdueStarts(): Promise<number> {
    const overdue = await markOverdueStarts(store.pool, OVERDUE_AT_ONCE);
    if (overdue.length === 0) return 0;
    const at = new Date().toISOString();
    await bus.publishItems(
      SUBJECTS.workerTerminate,
      overdue.map((worker) => ({
        job_id: worker.jobId,
        attempt: worker.attempt,
        provider_id: worker.providerId,
        reason: "TIMEOUT_PROVISIONING" as const,
        grace_seconds: 0,
      })),
      { messageIdOf: (item) => `${item.job_id}.${item.attempt}.OVERDUE` },
    );
    const ends = overdue.map((worker) => ({
      job_id: worker.jobId,
      attempt: worker.attempt,
      state: "FAILED" as const,
      at,
      code: "TIMEOUT_PROVISIONING",
    }));
    // As a message, not settled here: it comes again until what it caused is told.
    await bus.publishItems(workerStatusSubject("FAILED"), ends, { messageIdOf: reportIdOf });
    return overdue.length;
  }
}
