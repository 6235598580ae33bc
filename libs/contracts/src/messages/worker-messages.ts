import { z } from "zod";
import { JobId } from "../job-spec.ts";
import { TERMINATE_REASONS, WORKER_STATES } from "../states.ts";
import { Batch } from "./batch.ts";

const Time = z.iso.datetime({ offset: true });
const Attempt = { job_id: z.string(), attempt: z.number() };

/** `worker.provision`: a worker row waits to be claimed. The row is the truth, this is the knock. */
export const ProvisionItem = z.object({ ...Attempt, provider_id: z.string() });
export type ProvisionItem = z.output<typeof ProvisionItem>;
export const WorkerProvision = Batch(ProvisionItem);

/** `worker.terminate`: whoever holds the worker ends it. `workers.terminate_reason` is the truth. */
export const TerminateItem = z.object({
  ...Attempt,
  provider_id: z.string(),
  reason: z.enum(TERMINATE_REASONS),
  grace_seconds: z.number(),
});
export type TerminateItem = z.output<typeof TerminateItem>;
export const WorkerTerminate = Batch(TerminateItem);

/** `worker.status.<state>`: what a provisioner saw. Times are ISO 8601; `code` is a catalogue code. */
export const WorkerReport = z.object({
  job_id: JobId,
  attempt: z.int32().min(1),
  state: z.enum(WORKER_STATES),
  at: Time,
  started_at: Time.optional(),
  exit_code: z.int32().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  result: z.json().optional(),
});
export type WorkerReport = z.output<typeof WorkerReport>;
export const WorkerStatus = Batch(WorkerReport);

/** `Nats-Msg-Id` of a report; one that is said again has another time, so that it is stored again. */
export function reportIdOf({
  job_id,
  attempt,
  state,
  at,
}: Pick<WorkerReport, "job_id" | "attempt" | "state" | "at">): string {
  return `${job_id}.${attempt}.${state}.${at}`;
}
