import type { JetStreamManager } from "@nats-io/jetstream";
import { CONSUMER_NOT_FOUND, isApiError, STREAM_NOT_FOUND } from "./ensure-streams.ts";
import { CONSUMERS } from "./streams.ts";

/** Messages each durable consumer has not acknowledged yet; a consumer that nobody has made yet is not there. */
export async function consumerPending(manager: JetStreamManager): Promise<Map<string, number>> {
  const entries = await Promise.all(
    Object.entries(CONSUMERS).map(async ([consumer, { stream }]) => {
      try {
        const info = await manager.consumers.info(stream, consumer);
        return [[consumer, info.num_pending + info.num_ack_pending] as const];
      } catch (error) {
        if (isApiError(error, CONSUMER_NOT_FOUND) || isApiError(error, STREAM_NOT_FOUND)) return [];
        throw error;
      }
    }),
  );
  return new Map(entries.flat());
}
