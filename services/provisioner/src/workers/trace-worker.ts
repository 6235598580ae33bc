import type { WorkerReport } from "@hodei/contracts";
import { endSpan, epochMs, isRecorded, recordCall, recordSpan } from "@hodei/telemetry";
import type { HeldWorker } from "./held-worker.ts";

/** A call to the provider's API, below its worker's span. `failure` is the code it failed with. */
export function traceProviderCall(call: "start" | "stop", worker: HeldWorker, begun: number, failure?: string): void {
  if (!isRecorded(worker.context)) return;
  recordCall(`provider.${call}`, {
    parent: worker.context,
    begun,
    ended: epochMs(),
    failure,
    attributes: {
      "hodei.provider": worker.claim.providerName,
      "hodei.provider_type": worker.claim.providerType,
      "hodei.worker": worker.claim.name,
    },
  });
}

/** The worker's life is over: how long its command ran, and how it ended. */
export function traceWorkerEnd(worker: HeldWorker, state: WorkerReport["state"], rest: Partial<WorkerReport>): void {
  const { span, context, startedAt } = worker;
  if (!span || !isRecorded(context)) return;
  const ended = rest.at === undefined ? epochMs() : Date.parse(rest.at);
  if (startedAt) {
    const begun = Math.min(startedAt.getTime(), ended);
    const attributes = rest.exit_code === undefined ? {} : { "process.exit.code": rest.exit_code };
    recordSpan("hodei.run", { parent: context, begun, ended, attributes, failure: rest.code });
  }
  span.setAttribute("hodei.worker_state", state);
  endSpan(span, rest.code);
}
