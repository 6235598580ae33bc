import {
  deadLetterSubject,
  FINAL_JOB_STATES,
  isFinalJobState,
  JOB_STATES,
  type JobState,
  jobLogSubject,
  jobStatusSubject,
  SUBJECTS,
  WORKER_STATES,
} from "@hodei/contracts";
import type { MessageName } from "./messages.ts";

/** One subject, or a family of subjects with one parameter. */
export interface Channel {
  address: string;
  description: string;
  message: MessageName;
  /** From where Hodei stands: it hears what others say, or says it. */
  hodei: "receives" | "sends";
  /** Whose subject it is: `users` may rely on it; `services` is how Hodei's own services talk. */
  audience: "users" | "services";
  parameter?: { name: string; description: string; values?: readonly string[]; example: string };
  /** What is answered to the sender's inbox. */
  reply?: MessageName;
}

const STATE_NEWS: Record<JobState, string> = {
  PENDING: "It waits: nobody can take it now, or it is tried again later. `jobs explain` says why.",
  PROVISIONING: "A provider was chosen and a slot taken; its worker is being started.",
  RUNNING: "Its command runs.",
  SUCCEEDED: "Its command ended with 0.",
  FAILED: "It failed for good: `code` and `message` say why.",
  TIMED_OUT: "It ran longer than it may.",
  CANCELLED: "It was cancelled before it ended by itself.",
  REJECTED: "Its body is no job; `problems` has every reason by its path.",
};

function jobStatusChannel(state: JobState): Channel {
  return {
    address: jobStatusSubject(state),
    description: `${STATE_NEWS[state]} ${
      isFinalJobState(state)
        ? "Final, once for each job."
        : "A notice on core NATS: no stream keeps it, the job's row is the truth."
    }`,
    message: "JobStatus",
    hodei: "sends",
    audience: "users",
  };
}

/** Every subject there is (design §3.4). */
export const CHANNELS: readonly Channel[] = [
  {
    address: SUBJECTS.jobSubmitted,
    description:
      "Publish a job here. An answer from JetStream means that the message is stored; the same message again, with the same `job_id` or `Nats-Msg-Id`, is the same job.",
    message: "JobSpec",
    hodei: "receives",
    audience: "users",
  },
  {
    address: SUBJECTS.jobCancel,
    description: "Publish the id of a job that is to end.",
    message: "JobCancel",
    hodei: "receives",
    audience: "users",
  },
  ...[...FINAL_JOB_STATES, ...JOB_STATES.filter((state) => !isFinalJobState(state))].map(jobStatusChannel),
  {
    address: jobLogSubject("{job_id}"),
    description: "What a job writes, while it runs, and Hodei's own words about it.",
    message: "JobLog",
    hodei: "sends",
    audience: "users",
    parameter: { name: "job_id", description: "The job", example: "nightly-42" },
  },
  {
    address: SUBJECTS.providerChanged,
    description: "A provider was registered, changed or removed.",
    message: "ProviderChanged",
    hodei: "sends",
    audience: "users",
  },
  {
    address: SUBJECTS.providerHealth,
    description: "The health of a provider changed, or was looked at again (`changed` is false).",
    message: "ProviderHealth",
    hodei: "sends",
    audience: "users",
  },
  {
    address: deadLetterSubject("{subject}"),
    description: "What could not be taken from a subject: each message once, with what is wrong with it.",
    message: "DeadLetter",
    hodei: "sends",
    audience: "users",
    parameter: {
      name: "subject",
      description: "Where the message was published; it may have dots",
      example: SUBJECTS.jobSubmitted,
    },
  },
  {
    address: SUBJECTS.providerCheck,
    description: "A request to check a provider now. The first health service that takes it answers.",
    message: "CheckRequest",
    hodei: "receives",
    audience: "services",
    reply: "CheckAnswer",
  },
  {
    address: SUBJECTS.workerProvision,
    description: "From the selector to the provisioners: workers to start.",
    message: "WorkerProvision",
    hodei: "sends",
    audience: "services",
  },
  {
    address: SUBJECTS.workerTerminate,
    description: "From the selector to the provisioners: workers to end.",
    message: "WorkerTerminate",
    hodei: "sends",
    audience: "services",
  },
  {
    address: "worker.status.{state}",
    description: "From the provisioners to the selector: what became of workers.",
    message: "WorkerStatus",
    hodei: "sends",
    audience: "services",
    parameter: {
      name: "state",
      description: "The state that the workers of this batch have reached",
      values: WORKER_STATES.map((state) => state.toLowerCase()),
      example: "exited",
    },
  },
];
