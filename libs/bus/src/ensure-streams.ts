import { AckPolicy, DeliverPolicy, JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { CONSUMERS, type ConsumerName, STREAMS } from "./streams.ts";

const ACK_WAIT_MS = 30_000;
const MAX_ACK_PENDING = 8_192;
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_NOT_FOUND = 10_014;

/** Makes the streams that are not there; answers their names. Safe with any number of callers at once. */
export async function ensureStreams(manager: JetStreamManager): Promise<string[]> {
  const created: string[] = [];
  for (const stream of STREAMS) {
    try {
      await manager.streams.info(stream.name);
    } catch (error) {
      if (!isApiError(error, STREAM_NOT_FOUND)) throw error;
      await manager.streams.add(stream);
      created.push(stream.name);
    }
  }
  return created;
}

/** Makes the durable consumer, or leaves the one that is there. Redelivers for ever: a message ends by its handling, not by a count. */
export async function ensureConsumer(manager: JetStreamManager, name: ConsumerName): Promise<void> {
  const { stream, subject } = CONSUMERS[name];
  try {
    await manager.consumers.info(stream, name);
  } catch (error) {
    if (!isApiError(error, CONSUMER_NOT_FOUND)) throw error;
    await manager.consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_deliver: -1,
      max_ack_pending: MAX_ACK_PENDING,
    });
  }
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
