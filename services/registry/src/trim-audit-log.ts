import { runLoop } from "@hodei/runtime";
import { type Store, takeLease, trimAudit } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

const EACH_SECONDS = 3_600;

/** Ends what is old in the audit log, by lease: one instance at a time. */
export async function trimAuditLog({
  store,
  days,
  holder,
  logger,
  signal,
}: {
  store: Store;
  days: number;
  holder: string;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  await runLoop({
    name: "audit-log",
    signal,
    idleMs: EACH_SECONDS * 1000,
    onError: (error) =>
      logger.error({ err: error }, "old lines of the audit log could not be deleted; it is tried again"),
    step: async () => {
      if (!(await takeLease(store.pool, "registry-audit-log", holder, 2 * EACH_SECONDS))) return false;
      return await trimAudit(store.pool, days);
    },
  });
}
