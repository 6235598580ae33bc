import { type DeadLetter, deadLetterSubject, type Problem } from "@hodei/contracts";
import type { OutgoingMessage } from "./bus.ts";
import type { Delivery } from "./delivery.ts";
import { bodySha256 } from "./job-id.ts";

/** Bytes of a refused body that travel with its dead letter. */
const KEPT_BYTES = 65_536;

/** `dlq.<subject>`: what is wrong with a message, with a bounded copy of it. The same message gives the same letter. */
export function deadLetter(delivery: Delivery, problems: readonly Problem[]): OutgoingMessage {
  return {
    subject: deadLetterSubject(delivery.subject),
    messageId: `dlq.${delivery.stream}.${delivery.publishedAt.getTime()}.${delivery.streamSequence}`,
    body: {
      subject: delivery.subject,
      problems: [...problems],
      message_id: delivery.messageId?.slice(0, 500) ?? null,
      stream: delivery.stream,
      stream_sequence: delivery.streamSequence,
      published_at: delivery.publishedAt.toISOString(),
      body_base64: Buffer.from(delivery.data.subarray(0, KEPT_BYTES)).toString("base64"),
      body_bytes: delivery.data.length,
      body_sha256: bodySha256(delivery.data),
    } satisfies DeadLetter,
    ...(delivery.traceparent !== undefined && { traceparent: delivery.traceparent }),
  };
}
