import { WorkerTerminate, workerName } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

/** `worker.terminate`: every provisioner hears it, the one that holds the worker ends it. A lost one is made good by the claim's extension. */
export function workerTerminate({ supervisor, logger }: { supervisor: WorkerSupervisor; logger: Logger }) {
  return function handle(message: { data: Uint8Array }): void {
    try {
      const { items } = WorkerTerminate.parse(JSON.parse(Buffer.from(message.data).toString("utf8")));
      for (const item of items) supervisor.stop(workerName(item.job_id, item.attempt), item.reason, item.grace_seconds);
    } catch (error) {
      logger.warn({ err: error }, "an unreadable worker.terminate was passed over");
    }
  };
}
