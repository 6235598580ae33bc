import type { MsgHdrs } from "@nats-io/transport-node";
import type { EncodedMessage } from "./acked-publisher.ts";
import { OversizeError } from "./publish-errors.ts";

/** Headers of ours are far smaller; close to the limit they are counted exactly. */
const HEADER_ALLOWANCE = 4_096;

/** Checks the size before anything is sent. @throws OversizeError with both numbers */
export function encodeMessage(subject: string, json: string, headers: MsgHdrs, maxPayload: number): EncodedMessage {
  const data = Buffer.from(json);
  if (data.length + HEADER_ALLOWANCE > maxPayload) {
    const bytes = data.length + encodedLength(headers);
    if (bytes > maxPayload) throw new OversizeError(subject, bytes, maxPayload);
  }
  return { subject, data, headers };
}

/** As the wire has them: `NATS/1.0`, one line for each value, an empty line. */
function encodedLength(headers: MsgHdrs): number {
  let text = "NATS/1.0\r\n";
  for (const [name, values] of headers) for (const value of values) text += `${name}: ${value}\r\n`;
  return Buffer.byteLength(`${text}\r\n`);
}
