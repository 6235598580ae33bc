import { isoTime } from "@hodei/telemetry";
import type { MsgHdrs } from "@nats-io/transport-node";

export interface EventOptions {
  /** The service that speaks. */
  source: string;
  subject: string;
  messageId?: string;
  traceparent?: string | undefined;
  type?: string | undefined;
  /** Further headers. */
  more?: Readonly<Record<string, string>>;
}

/** The headers of one message, as bytes of the wire. */
export interface WireHeaders {
  encode(): Uint8Array;
}

/**
 * CloudEvents 1.0 binary-mode headers, `Nats-Msg-Id` and the trace context, written as the wire has them (NATS ADR-4: `NATS/1.0`, a line for each,
 * an empty line). The client's own headers look through all that are set for each one more, which was a tenth of the selector's time.
 * Source: CloudEvents NATS protocol binding. @throws when a value has a line break
 */
export function eventHeaders({ source, subject, messageId, traceparent, type, more }: EventOptions): WireHeaders {
  const id = messageId === undefined ? "" : `Nats-Msg-Id: ${messageId}\r\nce-id: ${messageId}\r\n`;
  const kind = type ?? typeOf(subject);
  const trace = traceparent === undefined ? "" : `traceparent: ${traceparent}\r\n`;
  let rest = "";
  for (const name in more) rest += `${name}: ${oneLine(more[name] ?? "")}\r\n`;
  oneLine(messageId ?? "");
  oneLine(traceparent ?? "");
  const text = `NATS/1.0\r\n${id}ce-specversion: 1.0\r\nce-type: ${kind}\r\nce-source: /hodei/${source}\r\nce-time: ${isoTime()}\r\n${trace}${rest}\r\n`;
  const bytes = Buffer.from(text);
  return { encode: () => bytes };
}

/** As `publish` takes headers: of its type it calls nothing but `encode`. */
export function asHeaders(headers: WireHeaders): MsgHdrs {
  return headers as unknown as MsgHdrs;
}

function oneLine(value: string): string {
  if (value.includes("\n") || value.includes("\r")) throw new Error("a header's value has a line break");
  return value;
}

/** `dev.hodei.job.log` for `job.log.<job_id>`: the subject without what names one thing. */
function typeOf(subject: string): string {
  return `dev.hodei.${subject.startsWith("job.log.") ? "job.log" : subject}`;
}
