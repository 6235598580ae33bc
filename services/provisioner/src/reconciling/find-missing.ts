import type { WorkerHandle } from "@hodei/providers";
import { type Logger, metrics } from "@hodei/telemetry";
import type { HeldWorker } from "../workers/held-worker.ts";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

/**
 * Reports workers lost that were running here before the provider was asked, still are as far as anybody here knows, and are not among
 * what it has.
 */
export function findMissing(
  running: readonly HeldWorker[],
  found: readonly WorkerHandle[],
  { supervisor, logger }: { supervisor: WorkerSupervisor; logger: Logger },
  why?: string,
): void {
  const there = new Set(found.map((handle) => handle.name));
  for (const worker of running) {
    const { claim } = worker;
    if (worker.phase !== "running" || there.has(claim.name) || supervisor.held.get(claim.name) !== worker) continue;
    const reason = why ?? `${claim.providerName} does not know ${claim.name}`;
    metrics.reconciledWorkers.inc({ action: "lost" });
    logger.warn(
      { job_id: claim.jobId, attempt: claim.attempt, provider: claim.providerName },
      `Worker lost: ${reason}`,
    );
    supervisor.lost(claim, reason);
  }
}
