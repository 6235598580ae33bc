import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MIB = 2 ** 20;

type Declared = Pick<StreamConfig, "name" | "subjects" | "retention"> & Partial<StreamConfig>;

/**
 * Every stream, in one place (docs/decisions/0007). Work waits in a work queue until it is acknowledged; news is kept for a while,
 * bounded by age and bytes. PROVISIONING and RUNNING are not in a stream: they are notices, the rows are the truth.
 */
const DECLARED: readonly Declared[] = [
  { name: "HODEI_JOBS", subjects: ["job.submitted", "job.cancel"], retention: RetentionPolicy.Workqueue },
  { name: "HODEI_WORKERS", subjects: ["worker.provision", "worker.status.*"], retention: RetentionPolicy.Workqueue },
  {
    name: "HODEI_STATUS",
    subjects: ["succeeded", "failed", "timed_out", "cancelled", "rejected"].map((state) => `job.status.${state}`),
    retention: RetentionPolicy.Limits,
    max_age: nanos(7 * DAY_MS),
    max_bytes: 1024 * MIB,
  },
  {
    name: "HODEI_LOGS",
    subjects: ["job.log.*"],
    retention: RetentionPolicy.Limits,
    max_age: nanos(DAY_MS),
    max_bytes: 1024 * MIB,
  },
  {
    name: "HODEI_EVENTS",
    subjects: ["provider.changed", "provider.health", "worker.terminate"],
    retention: RetentionPolicy.Limits,
    max_age: nanos(HOUR_MS),
    max_bytes: 64 * MIB,
  },
  {
    name: "HODEI_DLQ",
    subjects: ["dlq.>"],
    retention: RetentionPolicy.Limits,
    max_age: nanos(30 * DAY_MS),
    max_bytes: 256 * MIB,
  },
];

export const STREAMS = DECLARED.map((stream) => ({
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  duplicate_window: nanos(2 * MINUTE_MS),
  num_replicas: 1,
  ...stream,
}));

/** How much of the jobs' logs is kept, where this process has a say in it. */
export interface JobLogRetention {
  maxAgeSeconds?: number | undefined;
  /** Of all jobs together. */
  maxBytes?: number | undefined;
}

/** What differs on the stream of the jobs' logs, as its configuration names it; `undefined` when nothing does. */
export function retentionChange(
  { maxAgeSeconds, maxBytes }: JobLogRetention,
  now: Pick<StreamConfig, "max_age" | "max_bytes">,
): Partial<StreamConfig> | undefined {
  const wanted: Partial<StreamConfig> = {
    ...(maxAgeSeconds !== undefined && { max_age: nanos(maxAgeSeconds * 1000) }),
    ...(maxBytes !== undefined && { max_bytes: maxBytes }),
  };
  const isSo = (wanted.max_age ?? now.max_age) === now.max_age && (wanted.max_bytes ?? now.max_bytes) === now.max_bytes;
  return isSo ? undefined : wanted;
}

/** Durable consumers, one filter subject each (all that nats-server 2.9 knows). */
export const CONSUMERS = {
  "selector-job-submitted": { stream: "HODEI_JOBS", subject: "job.submitted" },
  "selector-job-cancel": { stream: "HODEI_JOBS", subject: "job.cancel" },
  "selector-worker-status": { stream: "HODEI_WORKERS", subject: "worker.status.*" },
  "provisioner-worker-provision": { stream: "HODEI_WORKERS", subject: "worker.provision" },
} as const;
export type ConsumerName = keyof typeof CONSUMERS;
