import { create, fromJson, type JsonObject, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import {
  type Job,
  JobSchema,
  type JobSpec,
  JobSpecSchema,
  JobStateSchema,
  type Worker,
  WorkerSchema,
  WorkerStateSchema,
} from "@hodei/api/job";
import type { schema } from "@hodei/store";
import { traceIdOf } from "@hodei/telemetry";
import { enumOf } from "../shared/enums.ts";
import { timestamp } from "../shared/timestamps.ts";

export type JobRow = typeof schema.jobs.$inferSelect;
export type WorkerRow = typeof schema.workers.$inferSelect;
/** A row without its body: what lists and streams read. */
export type JobSummaryRow = Omit<JobRow, "spec" | "bodySha256">;

export function jobMessage(row: JobSummaryRow & { spec?: JobRow["spec"] }): Job {
  const init: MessageInitShape<typeof JobSchema> = {
    id: row.id,
    name: row.name ?? "",
    state: enumOf(JobStateSchema, row.state),
    ...(row.spec && { spec: specMessage(row.spec) }),
    attempt: row.attempt,
    providerId: row.providerId ?? "",
    providerName: row.providerName ?? "",
    priority: row.priority,
    ...(row.exitCode !== null && { exitCode: row.exitCode }),
    failureCode: row.failureCode ?? "",
    failureMessage: row.failureMessage ?? "",
    ...(row.result !== null && row.result !== undefined && { result: fromJson(ValueSchema, row.result as JsonValue) }),
    traceId: (row.traceparent && traceIdOf(row.traceparent)) ?? "",
    traceparent: row.traceparent ?? "",
    ownFailures: row.ownFailures,
    infrastructureFailures: row.infrastructureFailures,
    classId: row.classId,
    ...timestamp("submittedAt", row.submittedAt),
    ...timestamp("provisioningAt", row.provisioningAt),
    ...timestamp("runningAt", row.runningAt),
    ...timestamp("finishedAt", row.finishedAt),
    ...timestamp("notBefore", row.notBefore),
    ...timestamp("cancelRequestedAt", row.cancelRequestedAt),
  };
  return create(JobSchema, init);
}

export function workerMessage(row: WorkerRow, inspectCommand = ""): Worker {
  return create(WorkerSchema, {
    name: row.name ?? "",
    attempt: row.attempt,
    state: enumOf(WorkerStateSchema, row.state),
    providerId: row.providerId,
    providerName: row.providerName,
    providerType: row.providerType,
    resourceId: row.resourceId ?? "",
    ...(row.exitCode !== null && { exitCode: row.exitCode }),
    failureCode: row.failureCode ?? "",
    failureMessage: row.failureMessage ?? "",
    inspectCommand,
    ...timestamp("startDeadlineAt", row.startDeadlineAt),
    ...timestamp("requestedAt", row.requestedAt),
    ...timestamp("startingAt", row.startingAt),
    ...timestamp("runningAt", row.runningAt),
    ...timestamp("finishedAt", row.finishedAt),
  });
}

/** The stored body as a message. It was checked when it came; a body of NATS may write quantities as numbers, a message as text. */
export function specMessage(spec: JobRow["spec"]): JobSpec {
  const { resources, ...rest } = spec;
  const texts = resources && typeof resources === "object" ? { resources: quantitiesAsText(resources) } : {};
  return fromJson(JobSpecSchema, { ...rest, ...texts } as JsonObject, { ignoreUnknownFields: true });
}

function quantitiesAsText(resources: object): JsonObject {
  const { cpu, memory, gpu } = resources as { cpu?: string | number; memory?: string | number; gpu?: number };
  return {
    ...(cpu !== undefined && { cpu: String(cpu) }),
    ...(memory !== undefined && { memory: String(memory) }),
    ...(gpu !== undefined && { gpu }),
  };
}
