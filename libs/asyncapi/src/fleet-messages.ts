import {
  CheckAnswer,
  CheckRequest,
  ProviderChanged,
  ProviderHealth,
  WorkerProvision,
  WorkerStatus,
  WorkerTerminate,
} from "@hodei/contracts";
import type { Message } from "./message.ts";

const PROVIDER_ID = "5b0c9f3e-6f0e-4a57-9f1d-1d6a2c9f7c11";
const attempt = { job_id: "nightly-42", attempt: 1 };

export const FLEET_MESSAGES = {
  WorkerProvision: {
    schema: WorkerProvision,
    summary: "Workers wait to be claimed. Their rows are the truth, this is the knock.",
    examples: [{ name: "one worker", payload: { items: [{ ...attempt, provider_id: PROVIDER_ID }] } }],
  },
  WorkerTerminate: {
    schema: WorkerTerminate,
    summary: "Whoever holds these workers ends them.",
    examples: [
      {
        name: "a cancel",
        payload: { items: [{ ...attempt, provider_id: PROVIDER_ID, reason: "CANCELLED", grace_seconds: 10 }] },
      },
    ],
  },
  WorkerStatus: {
    schema: WorkerStatus,
    summary: "What a provisioner saw of its workers. A report of an earlier attempt changes nothing.",
    examples: [
      {
        name: "an end",
        payload: {
          items: [
            {
              ...attempt,
              state: "EXITED",
              at: "2026-01-31T02:00:07.300Z",
              started_at: "2026-01-31T02:00:05.000Z",
              exit_code: 0,
            },
          ],
        },
      },
    ],
  },
  ProviderChanged: {
    schema: ProviderChanged,
    summary: "An operator changed a provider. Its row is the truth, this is the knock.",
    examples: [
      { name: "a change", payload: { provider_id: PROVIDER_ID, name: "build-host", generation: 7, change: "updated" } },
    ],
  },
  ProviderHealth: {
    schema: ProviderHealth,
    summary: "What the last check of a provider found.",
    examples: [
      {
        name: "not well",
        payload: {
          provider_id: PROVIDER_ID,
          name: "build-host",
          health: "unhealthy",
          code: "PERMISSION_DENIED",
          cause: "build-host does not let this service use its socket",
          fix: "add the service's user to the group docker",
          changed: true,
          at: "2026-01-31T02:00:00.000Z",
        },
      },
    ],
  },
  CheckRequest: {
    schema: CheckRequest,
    summary: "Check this provider now.",
    examples: [{ name: "a request", payload: { provider_id: PROVIDER_ID } }],
  },
  CheckAnswer: {
    schema: CheckAnswer,
    summary: "The answers to it, in order: begun, then checked or refused.",
    examples: [
      { name: "begun", payload: { event: "begun", instance: "health-1", timeout_seconds: 5 } },
      {
        name: "checked",
        payload: {
          event: "checked",
          health: "healthy",
          code: null,
          cause: null,
          fix: null,
          detail: null,
          latency_ms: 12,
          steps: [{ name: "list containers", ok: true, command: "docker ps" }],
        },
      },
    ],
  },
} satisfies Record<string, Message>;
