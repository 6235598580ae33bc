import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type ConnectPatientlyOptions, connectionOptions } from "./connect-patiently.ts";
import { CONSUMER_NOT_FOUND, isApiError, STREAM_NOT_FOUND } from "./ensure-streams.ts";
import { CONSUMERS, STREAMS } from "./streams.ts";

/** A stream as the server has it; `null` where it has none of that name. */
export interface StreamReport {
  name: string;
  state: { messages: number; bytes: number; maxBytes: number } | null;
}

/** A durable consumer; `null` where nobody made it yet. */
export interface ConsumerReport {
  name: string;
  subject: string;
  state: {
    /** Messages that nobody has fetched, and those that were fetched and not acknowledged. */
    waiting: number;
    unacknowledged: number;
    redelivered: number;
    /** Fetches that wait for messages at this moment: somebody reads. */
    readers: number;
  } | null;
}

export interface BusReport {
  server: string;
  version: string;
  streams: StreamReport[];
  consumers: ConsumerReport[];
}

const NO_LIMIT = -1;

/**
 * Looks at the message server without changing anything there: one try to connect, nothing made. For a doctor, who wants to see what is
 * missing. @throws what the connection or JetStream answered
 */
export async function inspectBus(options: Omit<ConnectPatientlyOptions, "logger">): Promise<BusReport> {
  const connection = await connect({
    ...connectionOptions(options),
    reconnect: false,
    maxReconnectAttempts: 0,
    timeout: 3_000,
  });
  try {
    const manager = await jetstreamManager(connection);
    return {
      server: connection.getServer(),
      version: connection.info?.version ?? "",
      streams: await Promise.all(STREAMS.map(({ name, max_bytes }) => streamReport(manager, name, max_bytes))),
      consumers: await Promise.all(
        Object.entries(CONSUMERS).map(([name, { stream, subject }]) => consumerReport(manager, stream, name, subject)),
      ),
    };
  } finally {
    await connection.close();
  }
}

async function streamReport(manager: JetStreamManager, name: string, maxBytes = NO_LIMIT): Promise<StreamReport> {
  const info = await unlessMissing(() => manager.streams.info(name));
  const { messages = 0, bytes = 0 } = info?.state ?? {};
  return { name, state: info && { messages, bytes, maxBytes: info.config.max_bytes ?? maxBytes } };
}

async function consumerReport(
  manager: JetStreamManager,
  stream: string,
  name: string,
  subject: string,
): Promise<ConsumerReport> {
  const info = await unlessMissing(() => manager.consumers.info(stream, name));
  const state = info && {
    waiting: info.num_pending,
    unacknowledged: info.num_ack_pending,
    redelivered: info.num_redelivered,
    readers: info.num_waiting,
  };
  return { name, subject, state };
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isApiError(error, STREAM_NOT_FOUND) || isApiError(error, CONSUMER_NOT_FOUND)) return null;
    throw error;
  }
}
