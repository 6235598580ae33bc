import { runLoop } from "@hodei/runtime";
import { extendClaims, type HeldClaim, type Queryable, readWorkerStates, releaseOrphans } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

const GRACE_SECONDS = 10;

/** Keeps what is held, hears what is to be ended, and lets go of what is no longer ours. */
export async function keepClaims({
  db,
  supervisor,
  instanceId,
  claimSeconds,
  logger,
  signal,
}: {
  db: Queryable;
  supervisor: WorkerSupervisor;
  instanceId: string;
  claimSeconds: number;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  /** Ours by the rows and not held, at the last look: an answer may still be on its way, twice in a row it is lost. */
  let unheld = new Set<string>();
  /** Running here and not by the rows, likewise: the report is on its way, or lost. */
  let untold = new Set<string>();
  await runLoop({
    name: "claims",
    signal,
    idleMs: (claimSeconds * 1000) / 3,
    onError: (error) => logger.error({ err: error }, "claims could not be extended; it is tried again"),
    step: async () => {
      const before = [...supervisor.held.values()].filter((worker) => worker.phase !== "ended");
      if (before.length === 0) return false;
      const kept = new Map((await extendClaims(db, instanceId, claimSeconds)).map((claim) => [claim.name, claim]));
      for (const claim of kept.values()) {
        if (claim.terminateReason) supervisor.stop(claim.name, claim.terminateReason, GRACE_SECONDS);
      }
      tellAgain([...kept.values()]);
      const strays = [...kept.keys()].filter((name) => !supervisor.held.has(name));
      const orphans = strays.filter((name) => unheld.has(name));
      unheld = new Set(strays);
      if (orphans.length > 0) await releaseOrphans(db, instanceId, orphans);
      const missing = before.filter((worker) => !kept.has(worker.claim.name) && worker.phase !== "ended");
      if (missing.length === 0) return false;
      const rows = await readWorkerStates(
        db,
        missing.map((worker) => worker.claim),
      );
      for (const { claim } of missing) {
        const row = rows.get(claim.name);
        // Settled without us, for example overdue: its worker must not go on. Taken over: it is somebody else's now.
        if (row && row.claimedBy === instanceId) supervisor.stop(claim.name, "SUPERSEDED", GRACE_SECONDS);
        else supervisor.release(claim.name);
      }
      return false;
    },
  });

  /** A worker that runs here, and by the rows does not twice in a row, is told of again. */
  function tellAgain(kept: readonly HeldClaim[]): void {
    const running = kept.filter(
      ({ name, state }) => state !== "RUNNING" && supervisor.held.get(name)?.phase === "running",
    );
    for (const { name } of running) if (untold.has(name)) supervisor.reportAgain(name);
    untold = new Set(running.map(({ name }) => name));
  }
}
