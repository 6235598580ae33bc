import type { Bus } from "@hodei/bus";
import { reportIdOf, SUBJECTS, workerStatusSubject } from "@hodei/contracts";
import { doomUnhealthyStarts, type Queryable } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

const AT_ONCE = 256;

/**
 * Moves jobs away whose worker has not started and whose provider turned unhealthy: whoever holds the worker gives the start up and says
 * so; of one that nobody holds it is said here. Running workers are left alone, they may well go on.
 */
export function makeEvacuator({ db, bus, logger }: { db: Queryable; bus: Bus; logger: Logger }): () => Promise<void> {
  return async function evacuate() {
    for (;;) {
      const workers = await doomUnhealthyStarts(db, AT_ONCE);
      if (workers.length === 0) return;
      logger.warn({ workers: workers.length }, "starts at unhealthy providers are given up; their jobs move on");
      const items = workers.map((worker) => ({
        job_id: worker.jobId,
        attempt: worker.attempt,
        provider_id: worker.providerId,
        reason: "PROVIDER_UNHEALTHY" as const,
        grace_seconds: 0,
      }));
      await bus.publishItems(SUBJECTS.workerTerminate, items, {
        messageIdOf: (item) => `${item.job_id}.${item.attempt}.UNHEALTHY`,
      });
      const at = new Date().toISOString();
      const unclaimed = workers.filter((worker) => !worker.claimed);
      const ends = unclaimed.map((worker) => ({
        job_id: worker.jobId,
        attempt: worker.attempt,
        state: "TERMINATED" as const,
        at,
        code: "PROVIDER_UNHEALTHY",
      }));
      // As a message, not settled here: it comes again until what it caused is told.
      await bus.publishItems(workerStatusSubject("TERMINATED"), ends, { messageIdOf: reportIdOf });
      if (workers.length < AT_ONCE) return;
    }
  };
}
