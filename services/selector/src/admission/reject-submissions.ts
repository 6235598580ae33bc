import { type Bus, bodySha256, type Delivery, deadLetter } from "@hodei/bus";
import { formatProblem, type Problem, SUBJECTS, storableText } from "@hodei/contracts";
import { type Queryable, recordDeadLetters } from "@hodei/store";
import { jobFields, type Logger, metrics } from "@hodei/telemetry";
import type { Announcer } from "../announce.ts";

/** A body that will never be a job. */
export interface Refusal {
  delivery: Delivery;
  /** The id it gave itself or was given; what its sender looks for. */
  jobId: string;
  problems: readonly Problem[];
}

/** Bytes of a refused body that are kept. */
const KEPT_BYTES = 65_536;
/** Problems that are told, and characters of the path and of the words of each. */
const KEPT_PROBLEMS = 100;
const KEPT_TEXT = 1_000;

/** REJECTED: a `dead_letters` row, a `dlq.` message and `job.status.rejected`, each once however often it is delivered (design §3.1). */
export function makeRejecter(db: Queryable, bus: Bus, announcer: Announcer, logger: Logger) {
  return async function reject(found: readonly Refusal[]): Promise<void> {
    if (found.length === 0) return;
    const refusals = found.map((refusal) => ({ ...refusal, problems: tellable(refusal.problems) }));
    const letters = refusals.map(({ delivery, jobId, problems }) => ({
      dedupKey: keyOf(delivery),
      subject: delivery.subject,
      jobId: storableText(jobId.slice(0, 200)),
      problems,
      body: delivery.data.subarray(0, KEPT_BYTES),
      bodyBytes: delivery.data.length,
      bodySha256: bodySha256(delivery.data),
      messageId: delivery.messageId === undefined ? null : storableText(delivery.messageId.slice(0, 500)),
    }));
    const added = await recordDeadLetters(db, letters);
    await bus.publish(refusals.map(({ delivery, problems }) => deadLetter(delivery, problems)));
    await announcer.rejected(
      refusals.map(({ delivery, jobId, problems }) => ({
        jobId,
        problems,
        traceparent: delivery.traceparent ?? null,
        messageId: keyOf(delivery),
      })),
    );
    const subject = labelOf(refusals[0]?.delivery.subject ?? "");
    metrics.deadLetters.inc({ subject }, added);
    if (subject === SUBJECTS.jobSubmitted) metrics.jobs.inc({ state: "REJECTED" }, added);
    for (const { delivery, jobId, problems } of refusals) {
      logger.warn(
        { ...jobFields(jobId, delivery.traceparent), problems: problems.map(formatProblem) },
        `Job ${jobId} rejected`,
      );
    }
  };
}

/** As much of them as a row and a message hold: a hostile body may have a hundred thousand, or quote itself in one. */
function tellable(problems: readonly Problem[]): Problem[] {
  const kept = problems.slice(0, KEPT_PROBLEMS).map(({ path, message }) => ({
    path: storableText(path.slice(0, KEPT_TEXT)),
    message: storableText(message.slice(0, KEPT_TEXT)),
  }));
  const left = problems.length - kept.length;
  return left > 0 ? [...kept, { path: "", message: `and ${left} problems more` }] : kept;
}

/** Anybody may publish `worker.status.<anything>`: the last token is no label. */
function labelOf(subject: string): string {
  return subject.startsWith("worker.status.") ? "worker.status" : subject;
}

function keyOf(delivery: Delivery): string {
  return `${delivery.stream}.${delivery.publishedAt.getTime()}.${delivery.streamSequence}`;
}
