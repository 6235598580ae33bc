import { z } from "zod";
import { TERMINATE_REASONS, WORKER_STATES } from "../states.ts";
import { Batch } from "./batch.ts";

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
  ...Attempt,
  state: z.enum(WORKER_STATES),
  at: z.string(),
  started_at: z.string().optional(),
  exit_code: z.number().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  result: z.json().optional(),
});
export type WorkerReport = z.output<typeof WorkerReport>;
export const WorkerStatus = Batch(WorkerReport);
