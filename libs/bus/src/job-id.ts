import { createHash } from "node:crypto";
import { JOB_ID_MAX_LENGTH, JOB_ID_PATTERN } from "@hodei/contracts";
import type { Delivery } from "./delivery.ts";

/**
 * The id of a job that names none: its message's own id where it has one, else where and when JetStream stored it, so that a redelivery
 * is the same job and a stream made anew does not repeat ids (design §3.1).
 */
export function deriveJobId(
  delivery: Pick<Delivery, "messageId" | "stream" | "publishedAt" | "streamSequence">,
): string {
  const { messageId } = delivery;
  if (messageId !== undefined && messageId.length <= JOB_ID_MAX_LENGTH && JOB_ID_PATTERN.test(messageId))
    return messageId;
  const origin = messageId ?? `${delivery.stream} ${delivery.publishedAt.getTime()} ${delivery.streamSequence}`;
  return `j-${createHash("sha256").update(origin).digest("hex").slice(0, 20)}`;
}

/** Hex sha256 of a body as it came. */
export function bodySha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
