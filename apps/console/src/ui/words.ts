import { JobState, LogStream, WorkerState } from "@hodei/api/job";
import { HealthState, ProviderStatus } from "@hodei/api/provider";
import type { Tone } from "./icon.tsx";

interface Word {
  word: string;
  tone: Tone;
}

export const JOB_STATES: Readonly<Record<JobState, Word>> = {
  [JobState.UNSPECIFIED]: { word: "Unknown", tone: "off" },
  [JobState.PENDING]: { word: "Pending", tone: "wait" },
  [JobState.PROVISIONING]: { word: "Provisioning", tone: "start" },
  [JobState.RUNNING]: { word: "Running", tone: "work" },
  [JobState.SUCCEEDED]: { word: "Succeeded", tone: "good" },
  [JobState.FAILED]: { word: "Failed", tone: "bad" },
  [JobState.TIMED_OUT]: { word: "Timed out", tone: "bad" },
  [JobState.CANCELLED]: { word: "Cancelled", tone: "off" },
  [JobState.REJECTED]: { word: "Rejected", tone: "bad" },
};

/** States that a filter offers, in the order of a job's life. */
export const FILTER_STATES: readonly JobState[] = [
  JobState.PENDING,
  JobState.PROVISIONING,
  JobState.RUNNING,
  JobState.SUCCEEDED,
  JobState.FAILED,
  JobState.TIMED_OUT,
  JobState.CANCELLED,
];

export const isFinal = (state: JobState) => state >= JobState.SUCCEEDED;

export const WORKER_STATES: Readonly<Record<WorkerState, Word>> = {
  [WorkerState.UNSPECIFIED]: { word: "Unknown", tone: "off" },
  [WorkerState.REQUESTED]: { word: "Requested", tone: "wait" },
  [WorkerState.STARTING]: { word: "Starting", tone: "start" },
  [WorkerState.RUNNING]: { word: "Running", tone: "work" },
  [WorkerState.EXITED]: { word: "Exited", tone: "good" },
  [WorkerState.FAILED]: { word: "Failed", tone: "bad" },
  [WorkerState.LOST]: { word: "Lost", tone: "bad" },
  [WorkerState.TERMINATED]: { word: "Terminated", tone: "off" },
};

export const HEALTH: Readonly<Record<HealthState, Word>> = {
  [HealthState.UNSPECIFIED]: { word: "Not checked", tone: "off" },
  [HealthState.UNKNOWN]: { word: "Not checked", tone: "off" },
  [HealthState.HEALTHY]: { word: "Healthy", tone: "good" },
  [HealthState.DEGRADED]: { word: "Degraded", tone: "warn" },
  [HealthState.UNHEALTHY]: { word: "Unhealthy", tone: "bad" },
};

export const STATUSES: Readonly<Record<ProviderStatus, Word>> = {
  [ProviderStatus.UNSPECIFIED]: { word: "Unknown", tone: "off" },
  [ProviderStatus.ACTIVE]: { word: "Active", tone: "good" },
  [ProviderStatus.DISABLED]: { word: "Disabled", tone: "off" },
  [ProviderStatus.MAINTENANCE]: { word: "Maintenance", tone: "warn" },
  [ProviderStatus.UNHEALTHY]: { word: "Unhealthy", tone: "bad" },
};

export const STREAMS: Readonly<Record<LogStream, string>> = {
  [LogStream.UNSPECIFIED]: "",
  [LogStream.STDOUT]: "out",
  [LogStream.STDERR]: "err",
  [LogStream.SYSTEM]: "hodei",
};

/** The rules of placement by number, in words. */
export const RULES = [
  ["E1", "status"],
  ["E2", "health"],
  ["E3", "slots"],
  ["E4", "resources"],
  ["E5", "type"],
  ["E6", "labels"],
  ["E7", "annotations"],
  ["E8", "regions"],
  ["E9", "earlier failure"],
] as const;
