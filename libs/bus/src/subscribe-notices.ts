import type { Logger } from "@hodei/telemetry";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Notice } from "./bus.ts";

/** Hands each message of core NATS to the handler until the signal aborts; what the handler throws is logged. */
export function subscribeNotices(
  connection: NatsConnection,
  logger: Logger,
  subject: string,
  handler: (notice: Notice) => void | Promise<void>,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  const handle = async (notice: Notice) => handler(notice);
  const subscription = connection.subscribe(subject, {
    callback: (error, message) => {
      if (error) return logger.error({ err: error, subject }, "a subscription failed");
      const traceparent = message.headers?.get("traceparent") || undefined;
      handle({ subject: message.subject, data: message.data, traceparent }).catch((failure: unknown) => {
        logger.error({ err: failure, subject: message.subject }, "a notice could not be handled");
      });
      return undefined;
    },
  });
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
}
