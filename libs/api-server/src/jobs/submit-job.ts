import { createHash, randomBytes } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { requirementClassOf, type Submission } from "@hodei/admission";
import type { SubmitJobRequest } from "@hodei/api/job";
import { SUBJECTS } from "@hodei/contracts";
import { type Caller, type Store, schema } from "@hodei/store";
import { epochMs, jobContextOf, jobFields, metrics, recordSend } from "@hodei/telemetry";
import type { ApiContext } from "../context.ts";
import { invalidField } from "../shared/refuse.ts";
import type { JobRow } from "./job-message.ts";
import { findJob } from "./read-jobs.ts";
import { readSpec } from "./read-spec.ts";

const { jobs } = schema;
const LONGEST_KEY = 200;

/** See `JobService.SubmitJob`. The row is committed before the answer; the message is the knock, and a sweep finds what was not heard. */
export async function submitJob(
  { store, bus, logger }: ApiContext,
  { spec, idempotencyKey }: SubmitJobRequest,
  call: { caller: Caller; traceparent: string | undefined },
): Promise<{ job: JobRow; existed: boolean }> {
  if (idempotencyKey.length > LONGEST_KEY)
    throw invalidField("idempotency_key", `is longer than ${LONGEST_KEY} characters; shorten it`);
  const isKeyed = idempotencyKey !== "" && spec?.jobId === "";
  // The id is part of the body: the row and the message are then the same job to whoever compares them.
  const jobId = spec?.jobId || (isKeyed ? keyedId(idempotencyKey) : randomId());
  const submission = readSpec(spec && { ...spec, jobId });
  const begun = epochMs();
  const trace = jobContextOf(call.traceparent);
  const inserted = await insertJob(store, call.caller, rowOf(submission, trace));
  metrics.jobsSubmitted.inc(inserted.length);
  const job = await findJob(store, submission.jobId);
  if (inserted.length === 0 && job.bodySha256 !== submission.bodySha256)
    throw new ConnectError(
      isKeyed
        ? `the idempotency key ${JSON.stringify(idempotencyKey)} was used for another job (${job.id}); write a new key`
        : `${JSON.stringify(job.id)} is the id of another job with another body; write a new id, or leave it out to get one`,
      Code.AlreadyExists,
    );
  // The row is what the caller was promised. While NATS is away nobody waits for the knock: a sweep finds the row.
  bus
    .publish([
      { subject: SUBJECTS.jobSubmitted, messageId: job.id, body: JSON.parse(submission.json), traceparent: trace },
    ])
    .catch((error: unknown) => {
      const fields = jobFields(job.id, job.traceparent);
      logger.warn({ err: error, ...fields }, `job ${job.id} has its row; its message could not be published`);
    });
  recordSend({
    subject: SUBJECTS.jobSubmitted,
    parent: call.traceparent,
    self: trace,
    begun,
    ended: epochMs(),
    attributes: { "hodei.job_id": job.id },
  });
  return { job, existed: inserted.length === 0 };
}

/** The row and the line that says whose it is, or neither. Empty where the job was there already. */
async function insertJob(store: Store, caller: Caller, row: typeof jobs.$inferInsert): Promise<{ id: string }[]> {
  return await store.db.transaction(async (tx) => {
    const inserted = await tx.insert(jobs).values(row).onConflictDoNothing().returning({ id: jobs.id });
    if (inserted.length > 0)
      await tx
        .insert(schema.auditLog)
        .values({ actor: caller.name, source: caller.source, action: "job.submit", target: row.id });
    return inserted;
  });
}

function rowOf({ jobId, spec, json, bodySha256 }: Submission, traceparent: string): typeof jobs.$inferInsert {
  return {
    id: jobId,
    name: spec.name ?? null,
    state: "PENDING",
    spec: JSON.parse(json) as Record<string, unknown>,
    bodySha256,
    classId: requirementClassOf(spec).classId,
    priority: spec.priority,
    traceparent,
  };
}

function keyedId(key: string): string {
  return `k-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}

function randomId(): string {
  return `j-${randomBytes(10).toString("hex")}`;
}
