import type { Delivery } from "@hodei/bus";
import { type ProvisionItem, WorkerProvision } from "@hodei/contracts";
import { claimWorkers, type Queryable } from "@hodei/store";
import { epochMs, type Logger } from "@hodei/telemetry";
import { traceClaims } from "../workers/trace-claims.ts";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

/** `worker.provision`: claim the rows, and that is all: a start is never held as an unacknowledged message (design §5.1). */
export function workerProvision({
  db,
  supervisor,
  instanceId,
  claimSeconds,
  logger,
}: {
  db: Queryable;
  supervisor: WorkerSupervisor;
  instanceId: string;
  claimSeconds: number;
  logger: Logger;
}) {
  return async function handle(batch: readonly Delivery[]): Promise<void> {
    const begun = epochMs();
    const items = batch.flatMap((delivery) => {
      const items = itemsIn(delivery.data);
      if (items) return items;
      // Only the selector knocks; whatever this is, the rows are the truth and the sweep finds what it meant.
      logger.warn({ subject: delivery.subject }, "an unreadable worker.provision was passed over");
      return [];
    });
    const wanted = items.map((item) => ({ jobId: item.job_id, attempt: item.attempt }));
    const statementBegun = epochMs();
    const claimed = wanted.length === 0 ? [] : await claimWorkers(db, wanted, instanceId, claimSeconds);
    traceClaims(claimed, { begun, statementBegun, ended: epochMs() });
    for (const claim of claimed) supervisor.take(claim);
  };
}

function itemsIn(data: Uint8Array): ProvisionItem[] | undefined {
  try {
    return WorkerProvision.safeParse(JSON.parse(Buffer.from(data).toString("utf8"))).data?.items;
  } catch {
    // Not JSON.
    return undefined;
  }
}
