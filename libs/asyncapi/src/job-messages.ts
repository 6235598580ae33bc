import { DeadLetter, JobCancel, JobLog, JobSpec, JobStatus } from "@hodei/contracts";
import type { Message } from "./message.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const problems = [{ path: "resources.memory", message: '"4GB" is not a quantity; write 4G or 4Gi' }];
const attempt = { job_id: "nightly-42", attempt: 1 };
const status = { ...attempt, at: "2026-01-31T02:00:07.412Z", provider: "build-host", trace_id: TRACE_ID };

export const JOB_MESSAGES = {
  JobSpec: {
    schema: JobSpec,
    summary: "A job to be run. Unknown keys and wrong types are refused, each by its path.",
    examples: [
      { name: "the least", payload: { command: ["echo", "hi"] } },
      {
        name: "with demands",
        payload: {
          job_id: "nightly-42",
          command: ["sh", "-c", "make report"],
          image: "alpine:3",
          env: { REPORT: "daily" },
          secrets: { DB_PASSWORD: "env:HODEI_SECRET_DB_PASSWORD" },
          resources: { cpu: "500m", memory: "256Mi" },
          preferred_region: "eu-west-1",
          allowed_regions: ["eu-west-1", "eu-central-1"],
          required_labels: { environment: "production" },
          priority: 10,
          timeout_seconds: 600,
          retry: { max_attempts: 3, backoff_seconds: 30 },
        },
      },
      { name: "a Lambda function's input", payload: { provider_type: "lambda", payload: { report: "daily" } } },
    ],
  },
  JobCancel: {
    schema: JobCancel,
    summary: "Ends a job: at once where it waits, else by ending its worker. Too late, it changes nothing.",
    examples: [{ name: "cancel", payload: { job_id: "nightly-42", reason: "superseded by nightly-43" } }],
  },
  JobStatus: {
    schema: JobStatus,
    summary: "What became of a job.",
    examples: [
      { name: "waits", payload: { ...attempt, attempt: 0, state: "PENDING", at: "2026-01-31T02:00:00.000Z" } },
      { name: "succeeded", payload: { ...status, state: "SUCCEEDED", exit_code: 0 } },
      {
        name: "failed",
        payload: {
          ...status,
          state: "FAILED",
          exit_code: 3,
          code: "EXIT_NONZERO",
          message: "the command ended with 3",
        },
      },
      {
        name: "refused",
        payload: { ...attempt, attempt: 0, state: "REJECTED", at: "2026-01-31T02:00:00.000Z", problems },
      },
    ],
  },
  JobLog: {
    schema: JobLog,
    summary: "A piece of what a job writes.",
    examples: [
      {
        name: "a line",
        payload: { ...attempt, stream: "stdout", offset: 0, bytes: 3, at: "2026-01-31T02:00:05.120Z", text: "hi\n" },
      },
      {
        name: "the end of an attempt's log",
        payload: {
          ...attempt,
          stream: "system",
          offset: 0,
          bytes: 0,
          at: "2026-01-31T02:00:07.300Z",
          text: "",
          ended: true,
        },
      },
    ],
  },
  DeadLetter: {
    schema: DeadLetter,
    summary: "A message that could not be taken, with what is wrong with it. The table dead_letters has it too.",
    examples: [
      {
        name: "a refused job",
        payload: {
          subject: "job.submitted",
          problems,
          message_id: "nightly-42",
          stream: "HODEI_JOBS",
          stream_sequence: 1042,
          published_at: "2026-01-31T02:00:00.000Z",
          body_base64: "eyJjb21tYW5kIjpbImVjaG8iXSwicmVzb3VyY2VzIjp7Im1lbW9yeSI6IjRHQiJ9fQ==",
          body_bytes: 49,
          body_sha256: "5785bdb1f048e18bebe2227219c334687c1ee6190d535d4accb6a18e4b11eb42",
        },
      },
    ],
  },
} satisfies Record<string, Message>;
