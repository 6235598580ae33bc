import type { JobState, WorkerState } from "./states.ts";

/** NATS subjects (design §3.4). */
export const SUBJECTS = {
  jobSubmitted: "job.submitted",
  jobCancel: "job.cancel",
  workerProvision: "worker.provision",
  workerTerminate: "worker.terminate",
  providerChanged: "provider.changed",
  providerHealth: "provider.health",
  /** Request and reply on core NATS: no stream keeps it. */
  providerCheck: "provider.check",
} as const;

/** `job.status.timed_out` for `TIMED_OUT`, and so on. */
export function jobStatusSubject(state: JobState): string {
  return `job.status.${state.toLowerCase()}`;
}

export function workerStatusSubject(state: WorkerState): string {
  return `worker.status.${state.toLowerCase()}`;
}

export function jobLogSubject(jobId: string): string {
  return `job.log.${jobId}`;
}

export function deadLetterSubject(subject: string): string {
  return `dlq.${subject}`;
}
