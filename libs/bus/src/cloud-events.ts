import { type MsgHdrs, headers as natsHeaders } from "@nats-io/transport-node";

export interface EventOptions {
  /** The service that speaks. */
  source: string;
  subject: string;
  messageId?: string;
  traceparent?: string | undefined;
  type?: string | undefined;
}

/** CloudEvents 1.0 binary-mode headers, `Nats-Msg-Id` and the trace context. Source: CloudEvents NATS protocol binding. */
export function eventHeaders({ source, subject, messageId, traceparent, type }: EventOptions): MsgHdrs {
  const headers = natsHeaders();
  if (messageId !== undefined) {
    headers.set("Nats-Msg-Id", messageId);
    headers.set("ce-id", messageId);
  }
  headers.set("ce-specversion", "1.0");
  headers.set("ce-type", type ?? typeOf(subject));
  headers.set("ce-source", `/hodei/${source}`);
  headers.set("ce-time", new Date().toISOString());
  if (traceparent !== undefined) headers.set("traceparent", traceparent);
  return headers;
}

/** `dev.hodei.job.log` for `job.log.<job_id>`: the subject without what names one thing. */
function typeOf(subject: string): string {
  return `dev.hodei.${subject.startsWith("job.log.") ? "job.log" : subject}`;
}
