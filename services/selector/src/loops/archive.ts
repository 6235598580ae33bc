import { setTimeout as sleep } from "node:timers/promises";
import { runLoop, type Settings } from "@hodei/runtime";
import { type ArchivePosition, archiveJobs, dropArchivedDays, type Store, takeLease } from "@hodei/store";
import { type Logger, metrics } from "@hodei/telemetry";

/** Between two passes; a pass over a day's jobs that are not due costs one look at an index. */
const LONGEST_PAUSE_SECONDS = 60;
/** Between two batches, as a multiple of what the first took: the database's time is the pipeline's. */
const REST = 4;

/** Moves jobs that finished a while ago into the archive and drops its old days, one selector at a time (docs/operations/retention.md). */
export async function archiveFinished({
  store,
  settings: { retention, instanceId, sweepSeconds },
  logger,
  signal,
}: {
  store: Store;
  settings: Pick<Settings, "retention" | "instanceId" | "sweepSeconds">;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { archiveAfterSeconds, keptSeconds } = retention;
  const pauseSeconds = Math.min(sweepSeconds * 12, LONGEST_PAUSE_SECONDS);
  let position: ArchivePosition | undefined;
  await runLoop({
    name: "archive",
    signal,
    idleMs: pauseSeconds * 1000,
    onError: (error: unknown) => logger.error({ err: error }, "finished jobs could not be archived; it is tried again"),
    step: async () => {
      if (!(await takeLease(store.pool, "selector-archive", instanceId, pauseSeconds * 3))) return false;
      const begun = performance.now();
      const batch = await store.transaction("selector", (tx) =>
        archiveJobs(tx, archiveAfterSeconds, { from: position }),
      );
      metrics.jobsArchived.inc(batch.moved);
      position = batch.next;
      if (!position) return await dropOldDays();
      await sleep((performance.now() - begun) * REST, undefined, { signal });
      return true;
    },
  });

  async function dropOldDays(): Promise<false> {
    const days = keptSeconds === undefined ? 0 : await dropArchivedDays(store.pool, keptSeconds);
    metrics.archivePartitionsDropped.inc(days);
    if (days > 0) logger.info({ days, kept_seconds: keptSeconds }, "Jobs whose time was over were dropped");
    return false;
  }
}
