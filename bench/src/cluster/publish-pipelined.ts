import { createInbox, headers, type NatsConnection } from "nats";

/** Unacknowledged messages at once. */
const WINDOW = 1_000;

/** Publishes to JetStream as a plain pipelined program would, without any package of Hodei's; resolves when all are acknowledged. */
export async function publishPipelined(
  nats: NatsConnection,
  subject: string,
  bodies: readonly string[],
  traceparentOf: (index: number) => string | undefined = () => undefined,
): Promise<void> {
  const inbox = createInbox();
  const done = Promise.withResolvers<void>();
  let sent = 0;
  let acknowledged = 0;
  const send = () => {
    for (; sent < bodies.length && sent - acknowledged < WINDOW; sent += 1)
      nats.publish(subject, bodies[sent] ?? "", { reply: inbox, ...traceHeaders(traceparentOf(sent)) });
  };
  const subscription = nats.subscribe(inbox, {
    callback: (error, message) => {
      const refusal = error ?? (message.string().includes('"error"') ? new Error(message.string()) : undefined);
      if (refusal) return done.reject(refusal);
      acknowledged += 1;
      if (acknowledged === bodies.length) return done.resolve();
      return send();
    },
  });
  send();
  try {
    await done.promise;
  } finally {
    subscription.unsubscribe();
  }
}

function traceHeaders(traceparent: string | undefined) {
  if (traceparent === undefined) return {};
  const sent = headers();
  sent.set("traceparent", traceparent);
  return { headers: sent };
}
