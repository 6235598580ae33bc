import type { EncodedMessage } from "./acked-publisher.ts";
import { asHeaders, type WireHeaders } from "./cloud-events.ts";
import { OversizeError } from "./publish-errors.ts";

/** Checks the size before anything is sent. @throws OversizeError with both numbers */
export function encodeMessage(subject: string, json: string, headers: WireHeaders, maxPayload: number): EncodedMessage {
  const data = Buffer.from(json);
  const bytes = data.length + headers.encode().length;
  if (bytes > maxPayload) throw new OversizeError(subject, bytes, maxPayload);
  return { subject, data, headers: asHeaders(headers) };
}
