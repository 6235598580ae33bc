import { isFinalWorkerState, parseWorkerName } from "@hodei/contracts";
import type { Provider, WorkerHandle } from "@hodei/providers";
import { type Queryable, readWorkerStates } from "@hodei/store";
import { type Logger, metrics } from "@hodei/telemetry";
import { inParallel } from "../in-parallel.ts";

const GRACE_SECONDS = 10;
const AT_ONCE = 8;

/**
 * Ends and removes what a provider has of ours and no live row knows. A row is written before its worker is created and the rows are read
 * after the provider was asked, so what has none now has none.
 */
export async function settleStrays(
  providerName: string,
  provider: Provider,
  found: readonly WorkerHandle[],
  { db, reconcileSeconds, logger }: { db: Queryable; reconcileSeconds: number; logger: Logger },
): Promise<void> {
  const named = found.flatMap((handle) => {
    const worker = parseWorkerName(handle.name);
    return worker ? [{ handle, worker }] : [];
  });
  if (named.length === 0) return;
  const rows = await readWorkerStates(
    db,
    named.map(({ worker }) => worker),
  );
  const strays = named.filter(({ handle }) => {
    const row = rows.get(handle.name);
    if (!row) return true;
    // One that has ended is left for a while to whoever followed it: its output may not be out yet.
    const isLeftOver = handle.state !== "exited" || (row.finishedForSeconds ?? 0) > reconcileSeconds * 2;
    return isFinalWorkerState(row.state) && isLeftOver;
  });
  await inParallel(strays, AT_ONCE, async ({ handle, worker }) => {
    const known = rows.get(handle.name)?.state;
    const fields = { provider: providerName, worker: handle.name, job_id: worker.jobId, state: known ?? "unknown" };
    try {
      if (handle.state !== "exited") {
        logger.warn(fields, `${handle.name} runs at ${providerName} and nobody waits for it; it is ended`);
        metrics.reconciledWorkers.inc({ action: "ended" });
        await provider.stop(handle.name, GRACE_SECONDS);
      } else metrics.reconciledWorkers.inc({ action: "removed" });
      await provider.remove(handle.name);
    } catch (error) {
      logger.warn({ ...fields, err: error }, "a worker that nobody knows could not be removed; it is tried again");
    }
  });
}
