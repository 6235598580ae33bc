/** Job states (design §3.2). Final states are final. */
export const JOB_STATES = [
  "PENDING",
  "PROVISIONING",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "CANCELLED",
  "REJECTED",
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const FINAL_JOB_STATES = ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "REJECTED"] as const;
export type FinalJobState = (typeof FINAL_JOB_STATES)[number];

/** Worker states, one worker per attempt (design §3.2). */
export const WORKER_STATES = ["REQUESTED", "STARTING", "RUNNING", "EXITED", "FAILED", "LOST", "TERMINATED"] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** Workers that hold a slot of their provider. */
export const LIVE_WORKER_STATES = ["REQUESTED", "STARTING", "RUNNING"] as const;
export type LiveWorkerState = (typeof LIVE_WORKER_STATES)[number];
export const FINAL_WORKER_STATES = ["EXITED", "FAILED", "LOST", "TERMINATED"] as const;
export type FinalWorkerState = (typeof FINAL_WORKER_STATES)[number];

/** Row status of a provider: the first three are the operator's, UNHEALTHY is set by the health service only. */
export const PROVIDER_STATUSES = ["ACTIVE", "DISABLED", "MAINTENANCE", "UNHEALTHY"] as const;
export type ProviderStatus = (typeof PROVIDER_STATUSES)[number];

/** What the health service knows; `unknown` is "never checked" and counts as healthy for placement (E2). */
export const HEALTH_STATES = ["healthy", "degraded", "unhealthy", "unknown"] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** Why the selector asks a provisioner to end a worker. */
export const TERMINATE_REASONS = [
  "CANCELLED",
  "TIMEOUT_RUN",
  "TIMEOUT_PROVISIONING",
  "PROVIDER_UNHEALTHY",
  "SUPERSEDED",
] as const;
export type TerminateReason = (typeof TERMINATE_REASONS)[number];

export function isFinalJobState(state: JobState): state is FinalJobState {
  return (FINAL_JOB_STATES as readonly string[]).includes(state);
}

export function isFinalWorkerState(state: WorkerState): state is FinalWorkerState {
  return (FINAL_WORKER_STATES as readonly string[]).includes(state);
}
