import type { Logger } from "@hodei/telemetry";
import { type NatsConnection, NoRespondersError } from "@nats-io/transport-node";

/** Gives the answers to one request, in order; each goes as JSON as soon as it is there. */
export type Responder = (data: Uint8Array) => AsyncIterable<unknown>;

/** Answers requests on a subject until the signal aborts; of several processes with the same queue name one answers each. */
export function answerRequests(
  connection: NatsConnection,
  logger: Logger,
  { subject, queue }: { subject: string; queue: string },
  responder: Responder,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  const subscription = connection.subscribe(subject, {
    queue,
    callback: (error, message) => {
      if (error) return logger.error({ err: error, subject }, "a subscription failed");
      const answer = async () => {
        for await (const body of responder(message.data)) message.respond(JSON.stringify(body));
        // An empty message says that nothing more comes.
        message.respond();
      };
      answer().catch((failure: unknown) => logger.error({ err: failure, subject }, "a request could not be answered"));
      return undefined;
    },
  });
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
}

/** Asks, and yields each answer. Without any when nobody listens there; ends early when the time is over */
export async function* request(
  connection: NatsConnection,
  subject: string,
  body: unknown,
  timeoutMs: number,
): AsyncGenerator<Uint8Array> {
  const options = { strategy: "sentinel", maxWait: timeoutMs, noMux: true } as const;
  try {
    for await (const message of await connection.requestMany(subject, JSON.stringify(body), options)) {
      if (message.data.length === 0) return;
      yield message.data;
    }
  } catch (error) {
    // Nobody listens: no answer, which the caller sees by there being none.
    if (!(error instanceof NoRespondersError)) throw error;
  }
}
