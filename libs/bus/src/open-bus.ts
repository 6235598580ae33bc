import { setTimeout as sleep } from "node:timers/promises";
import { type JobLog, type LogStream, MAX_BATCH_ITEMS } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { makeAckedPublisher, PublishError } from "./acked-publisher.ts";
import { eventHeaders } from "./cloud-events.ts";
import { type BatchHandler, type ConsumeOptions, consume } from "./consume.ts";
import { ensureConsumer, ensureStreams } from "./ensure-streams.ts";
import { lastLogPositions, type ReadLogsOptions, readJobLogs } from "./job-logs.ts";
import { CONSUMERS, type ConsumerName, STREAMS } from "./streams.ts";

/** A message for JetStream. `body` goes as JSON. */
export interface OutgoingMessage {
  subject: string;
  body: unknown;
  /** Becomes `Nats-Msg-Id`; the same for each try to say the same thing. */
  messageId: string;
  traceparent?: string;
}

export interface BusOptions {
  url: string;
  /** The service that speaks: part of `ce-source` and the connection's name. */
  name: string;
  logger: Logger;
}

/** NATS, connected; reconnects for ever. */
export interface Bus extends AsyncDisposable {
  readonly connection: NatsConnection;
  /** The largest body the server takes, in bytes. */
  readonly maxPayload: number;
  /** Resolves when JetStream has acknowledged every one. @throws PublishError, naming the subject */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Publishes items as few messages: `{items}` of at most 256 items and 512 KiB. */
  publishItems<Item>(subject: string, items: readonly Item[], options: { messageIdOf: (item: Item) => string }): Promise<void>;
  /** Core NATS: nobody acknowledges, the rows are the truth. */
  notify(subject: string, body: unknown, options?: { traceparent?: string }): void;
  /** Core NATS, every subscriber gets every message; ends with the signal. */
  subscribe(subject: string, handler: (message: { subject: string; data: Uint8Array }) => void, signal: AbortSignal): void;
  consume(name: ConsumerName, handler: BatchHandler, options: ConsumeOptions): Promise<void>;
  /** Called with the names of streams that were made because they were not there: at first start, or after their store was lost. */
  onStreamsCreated(listener: (streams: readonly string[]) => Promise<void>): void;
  readJobLogs(jobId: string, options: ReadLogsOptions): AsyncGenerator<JobLog>;
  lastLogPositions(jobId: string, attempt: number): Promise<Partial<Record<LogStream, number>>>;
  /** Rejects when JetStream does not answer. */
  check(): Promise<void>;
  /** Messages each durable consumer has not acknowledged yet. */
  consumerPending(): Promise<Map<string, number>>;
}

const MAX_ITEMS_BYTES = 512 * 1024;
/** Streams are looked at this often even when nothing says that they are gone. */
const VERIFY_MS = 15_000;

/** Connects, waits for the server as long as it takes, and makes the streams. */
export async function openBus({ url, name, logger }: BusOptions): Promise<Bus> {
  const connection = await connectPatiently(url, name, logger);
  const manager = await managerPatiently(connection, logger);
  const publisher = makeAckedPublisher(connection);
  const createdListeners: ((streams: readonly string[]) => Promise<void>)[] = [];
  const resets = new Set<() => void>();
  let verifying: Promise<void> | undefined;

  async function verifyStreams(): Promise<void> {
    const created = await ensureStreams(manager);
    if (created.length === 0) return;
    logger.info({ streams: created }, "streams were made");
    for (const reset of resets) reset();
    for (const listener of createdListeners) await listener(created);
  }
  /** One at a time, whoever asks. */
  function verify(): Promise<void> {
    verifying ??= verifyStreams().finally(() => {
      verifying = undefined;
    });
    return verifying;
  }
  const verifyLater = () => verify().catch((error: unknown) => logger.warn({ err: error }, "the streams could not be looked at"));
  await verify();
  const timer = setInterval(verifyLater, VERIFY_MS);
  timer.unref();
  void watchConnection(connection, logger, () => {
    for (const reset of resets) reset();
    void verifyLater();
  });

  const bus: Bus = {
    connection,
    get maxPayload() {
      return connection.info?.max_payload ?? 1_048_576;
    },
    async publish(messages) {
      await Promise.all(
        messages.map((message) => {
          const data = Buffer.from(JSON.stringify(message.body));
          if (data.length > bus.maxPayload) {
            throw new PublishError(message.subject, `${data.length} bytes are more than the server's max_payload of ${bus.maxPayload}`);
          }
          const headers = eventHeaders(name, message.subject, message.messageId, message.traceparent);
          return publisher.publish({ subject: message.subject, data, headers });
        }),
      );
    },
    async publishItems(subject, items, { messageIdOf }) {
      await Promise.all(
        packItems(items).map(({ first, last, json, count }) => {
          const messageId = count === 1 ? messageIdOf(first) : `${messageIdOf(first)}~${messageIdOf(last)}~${count}`;
          return publisher.publish({ subject, data: Buffer.from(json), headers: eventHeaders(name, subject, messageId) });
        }),
      );
    },
    notify(subject, body, options) {
      // While the connection is away a notice is lost, as notices may be: the rows are the truth.
      if (connection.isClosed()) return;
      const headers = eventHeaders(name, subject, undefined, options?.traceparent);
      connection.publish(subject, JSON.stringify(body), { headers });
    },
    subscribe(subject, handler, signal) {
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (error) logger.error({ err: error, subject }, "a subscription failed");
          else handler(message);
        },
      });
      signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
    },
    consume: (consumer, handler, options) =>
      consume(connection, consumer, handler, options, {
        logger,
        ensure: async () => {
          await verify();
          await ensureConsumer(manager, consumer);
        },
        onReset: (reset) => {
          resets.add(reset);
          return () => resets.delete(reset);
        },
      }),
    onStreamsCreated: (listener) => void createdListeners.push(listener),
    readJobLogs: (jobId, options) => readJobLogs(connection, jobId, options),
    lastLogPositions: (jobId, attempt) => lastLogPositions(connection, jobId, attempt),
    async check() {
      await manager.streams.info(STREAMS[0]?.name ?? "");
    },
    async consumerPending() {
      const pending = new Map<string, number>();
      for (const [consumer, { stream }] of Object.entries(CONSUMERS)) {
        const info = await manager.consumers.info(stream, consumer).catch(() => undefined);
        // A consumer that nobody has made yet has nothing pending to show.
        if (info) pending.set(consumer, info.num_pending + info.num_ack_pending);
      }
      return pending;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      publisher.close();
      // Flushes what notices are still buffered; a server that is away cannot hold up the end.
      await Promise.race([connection.drain().catch(() => undefined), sleep(2_000, undefined, { ref: false })]);
      await connection.close();
    },
  };
  return bus;
}

/** JetStream publishes want an order of their own here: by count and bytes, never torn. */
function packItems<Item>(items: readonly Item[]): { first: Item; last: Item; json: string; count: number }[] {
  const packs: { first: Item; last: Item; parts: string[]; bytes: number }[] = [];
  for (const item of items) {
    const json = JSON.stringify(item);
    const current = packs.at(-1);
    if (!current || current.parts.length === MAX_BATCH_ITEMS || current.bytes + json.length > MAX_ITEMS_BYTES) {
      packs.push({ first: item, last: item, parts: [json], bytes: json.length });
    } else {
      current.last = item;
      current.parts.push(json);
      current.bytes += json.length;
    }
  }
  return packs.map(({ first, last, parts }) => ({ first, last, json: `{"items":[${parts.join(",")}]}`, count: parts.length }));
}

async function connectPatiently(url: string, name: string, logger: Logger): Promise<NatsConnection> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await connect({
        servers: url,
        name: `hodei-${name}`,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        pingInterval: 10_000,
        noAsyncTraces: true,
      });
    } catch (error) {
      if (tries === 0) logger.warn({ err: error }, "NATS does not answer yet; waiting for it");
      await sleep(Math.min(5_000, 100 * 2 ** Math.min(tries, 6)));
    }
  }
}

async function managerPatiently(connection: NatsConnection, logger: Logger): Promise<JetStreamManager> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await jetstreamManager(connection);
    } catch (error) {
      if (tries === 0) logger.warn({ err: error }, "JetStream does not answer yet; start nats-server with jetstream enabled");
      await sleep(Math.min(5_000, 250 * 2 ** Math.min(tries, 5)));
    }
  }
}

/** An outage is logged at both ends. */
async function watchConnection(connection: NatsConnection, logger: Logger, onReconnect: () => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") logger.warn("NATS is away; reconnecting");
    if (status.type === "reconnect") {
      logger.info("NATS is back");
      onReconnect();
    }
  }
}
