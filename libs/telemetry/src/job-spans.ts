import { type Attributes, SpanKind } from "@opentelemetry/api";
import { epochMs } from "./epoch-ms.ts";
import { stepContext } from "./traceparent.ts";
import { isRecorded, recordSpan } from "./tracing.ts";

/** From when to when, in milliseconds since 1970. */
export interface Span {
  begun: number;
  ended: number;
}

/** Links that one span may have (OpenTelemetry's default limit). */
export const MAX_LINKS = 128;

/** The span of one attempt's worker, below its job. */
export function workerContext(job: string, attempt: number): string {
  return stepContext(job, `worker ${attempt}`);
}

/** The span of a message that somebody publishes for a job, known to whoever processes it. */
export function sendContext(parent: string, subject: string, attempt: number): string {
  return stepContext(parent, `send ${subject} ${attempt}`);
}

interface MessageSpan extends Span {
  subject: string;
  /** The span above. */
  parent: string | null | undefined;
  self?: string;
  /** Messages or items that were handled with it. */
  batch?: number;
  attributes?: Attributes;
  links?: readonly string[];
  failure?: string;
}

/** A message published (OpenTelemetry messaging conventions: operation `send`). */
export function recordSend({ subject, ...span }: MessageSpan): void {
  recordSpan(`send ${subject}`, {
    ...span,
    kind: SpanKind.PRODUCER,
    attributes: { ...messaging("send", subject, span.batch), ...span.attributes },
  });
}

/** A message handled (operation `process`). */
export function recordProcess({ subject, consumer, ...span }: MessageSpan & { consumer: string }): void {
  recordSpan(`process ${subject}`, {
    ...span,
    kind: SpanKind.CONSUMER,
    attributes: {
      ...messaging("process", subject, span.batch),
      "messaging.consumer.group.name": consumer,
      ...span.attributes,
    },
  });
}

/** A call to somebody else's API. */
export function recordCall(
  name: string,
  span: Span & { parent: string; attributes: Attributes; failure: string | undefined },
): void {
  recordSpan(name, { ...span, kind: SpanKind.CLIENT });
}

/** A statement, by its name: never its text, never a value (OpenTelemetry database conventions). */
export function recordStatement({
  statement,
  batch,
  ...span
}: Span & { statement: string; parent: string | null | undefined; batch: number }): void {
  recordSpan(statement, {
    ...span,
    kind: SpanKind.CLIENT,
    attributes: {
      "db.system.name": "postgresql",
      "db.query.summary": statement,
      // Only a batch has a batch size, say the conventions.
      ...(batch > 1 && { "db.operation.batch.size": batch }),
    },
  });
}

/** Runs one statement for a batch of jobs; it stands in the trace of each that is recorded. */
export async function traceStatement<T>(
  statement: string,
  contexts: readonly (string | null)[],
  run: () => Promise<T>,
): Promise<T> {
  const recorded = contexts.filter(isRecorded);
  if (recorded.length === 0) return await run();
  const begun = epochMs();
  try {
    return await run();
  } finally {
    const ended = epochMs();
    for (const parent of recorded) recordStatement({ statement, parent, begun, ended, batch: contexts.length });
  }
}

function messaging(operation: "send" | "process", subject: string, batch = 1): Attributes {
  return {
    "messaging.system": "nats",
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
    "messaging.destination.name": subject,
    ...(batch > 1 && { "messaging.batch.message_count": batch }),
  };
}
