import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { jobLogSubject } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import type { NatsConnection } from "@nats-io/transport-node";
import { type EncodedMessage, makeAckedPublisher } from "./acked-publisher.ts";
import type { Bus } from "./bus.ts";
import { asHeaders, eventHeaders } from "./cloud-events.ts";
import { type BusAuth, connectPatiently, inboxPrefixOf, managerPatiently } from "./connect-patiently.ts";
import { consume } from "./consume.ts";
import { consumerPending } from "./consumer-pending.ts";
import { encodeMessage } from "./encode-message.ts";
import { ensureConsumer } from "./ensure-streams.ts";
import { makeLateOutbox } from "./late-outbox.ts";
import { lastJobLogPositions } from "./log-positions.ts";
import { packItems } from "./pack-items.ts";
import { readJobLogs } from "./read-job-logs.ts";
import { answerRequests, request } from "./requests.ts";
import { LOGS_STREAM, lastJobLog, logMessageId, STORED_HEADER } from "./stored-log.ts";
import { makeStreamGuard } from "./stream-guard.ts";
import { type JobLogRetention, STREAMS } from "./streams.ts";
import { subscribeNotices } from "./subscribe-notices.ts";

export interface BusOptions {
  /** `nats://host:port`, several separated by commas. */
  url: string;
  /** The service that speaks: part of `ce-source` and the connection's name. */
  name: string;
  logger: Logger;
  auth?: BusAuth;
  /** What is kept of the jobs' logs: the stream is changed where it differs. Default: it stays as it is. */
  jobLogRetention?: JobLogRetention;
}

/** Longest that the end waits for what is still to be sent. */
const CLOSE_MS = 2_000;

/** Connects, waits for the server as long as it takes, and makes the streams. @throws when a stream cannot be made */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { name, logger } = options;
  const inboxPrefix = inboxPrefixOf(name);
  const connection = await connectPatiently(options);
  const manager = await managerPatiently(connection, logger);
  const resets = new Set<() => void>();
  const reset = () => {
    for (const call of resets) call();
  };
  const onReset = (call: () => void) => {
    resets.add(call);
    return () => resets.delete(call);
  };
  const guard = makeStreamGuard(manager, logger, reset, options.jobLogRetention);
  const publisher = makeAckedPublisher(connection, { inboxPrefix, onMissingStream: () => guard.verifySoon() });
  const link = { isUp: true };
  const isUp = () => link.isUp && !connection.isClosed();
  const late = makeLateOutbox(logger);
  const publish = (messages: readonly EncodedMessage[]) => {
    late.flush();
    return publisher.publish(messages);
  };
  void followConnection(connection, logger, link, () => {
    publisher.reconnected();
    reset();
    guard.verifySoon();
  });

  const bus: Bus = {
    connection,
    get maxPayload() {
      return connection.info?.max_payload ?? 1_048_576;
    },
    async publish(messages) {
      const encoded = messages.map(({ subject, body, messageId, traceparent, type }) => {
        const headers = eventHeaders({ source: name, subject, messageId, traceparent, type });
        return encodeMessage(subject, JSON.stringify(body), headers, bus.maxPayload);
      });
      await publish(encoded);
    },
    async publishItems(subject, items, { messageIdOf }) {
      const encoded: EncodedMessage[] = packItems(items).map(({ items: packed, json }) => {
        const headers = eventHeaders({ source: name, subject, messageId: idOfItems(packed.map(messageIdOf)) });
        return encodeMessage(subject, json, headers, bus.maxPayload);
      });
      await publish(encoded);
    },
    notify(subject, body, notice) {
      if (!isUp()) return;
      const headers = eventHeaders({ source: name, subject, traceparent: notice?.traceparent });
      const data = Buffer.from(JSON.stringify(body));
      late.add(() => {
        if (isUp()) connection.publish(subject, data, { headers: asHeaders(headers) });
      });
    },
    subscribe: (subject, handler, signal) => subscribeNotices(connection, logger, subject, handler, signal),
    answer: (subject, queue, responder, signal) =>
      answerRequests(connection, logger, { subject, queue }, responder, signal),
    request: (subject, body, timeoutMs) => {
      late.flush();
      return request(connection, subject, body, timeoutMs);
    },
    consume: (consumer, handler, consumeOptions) =>
      consume(connection, consumer, handler, consumeOptions, {
        logger,
        inboxPrefix,
        late,
        ensure: async () => {
          await guard.verify();
          await ensureConsumer(manager, consumer);
        },
        onReset,
      }),
    ensureStreams: () => guard.verify(),
    onStreamsCreated: (callback) => guard.onCreated(callback),
    async publishJobLog(entries, storedUpTo) {
      const more = { [STORED_HEADER]: JSON.stringify(storedUpTo) };
      const encoded = entries.map((entry) => {
        const subject = jobLogSubject(entry.job_id);
        const headers = eventHeaders({ source: name, subject, messageId: logMessageId(entry), more });
        return encodeMessage(subject, JSON.stringify(entry), headers, bus.maxPayload);
      });
      return await publish(encoded);
    },
    readJobLogs: (jobId, readOptions) => readJobLogs({ connection, manager, onReset }, jobId, readOptions),
    lastJobLog: (jobId) => lastJobLog(manager, jobId),
    lastJobLogPositions: (jobId, attempt) => lastJobLogPositions(connection, manager, jobId, attempt),
    async trimJobLog(jobId, keepMessages) {
      await manager.streams.purge(LOGS_STREAM, { filter: jobLogSubject(jobId), keep: keepMessages });
    },
    async check() {
      await manager.streams.info(STREAMS[0]?.name ?? "");
    },
    consumerPending: () => consumerPending(manager),
    async [Symbol.asyncDispose]() {
      guard.close();
      late.flush();
      publisher.close();
      // Sends what is still buffered; a server that is away cannot hold up the end.
      if (link.isUp)
        await Promise.race([connection.drain().catch(() => undefined), sleep(CLOSE_MS, undefined, { ref: false })]);
      await connection.close();
    },
  };
  try {
    await guard.verify();
  } catch (error) {
    await bus[Symbol.asyncDispose]();
    throw error;
  }
  return bus;
}

/** One item: its own id. Several: a hash of all of theirs, so that the same items in one message are the same message. */
function idOfItems(ids: readonly string[]): string {
  const [first = ""] = ids;
  return ids.length === 1 ? first : createHash("sha256").update(JSON.stringify(ids)).digest("hex");
}

/** An outage is logged at both ends. */
async function followConnection(
  connection: NatsConnection,
  logger: Logger,
  link: { isUp: boolean },
  onReconnect: () => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") {
      link.isUp = false;
      if (!connection.isClosed()) logger.warn("NATS is away; reconnecting");
    } else if (status.type === "reconnect") {
      link.isUp = true;
      logger.info("NATS is back");
      onReconnect();
    } else if (status.type === "error") {
      logger.warn({ err: status.error }, "NATS refused something");
    }
  }
}
