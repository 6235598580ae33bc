import type { JobLog } from "@hodei/contracts";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BatchHandler, ConsumeOptions } from "./consume.ts";
import type { LogPiece } from "./log-order.ts";
import type { ReadLogsOptions } from "./read-job-logs.ts";
import type { Responder } from "./requests.ts";
import type { LogPositions, StoredLog, StoredUpTo } from "./stored-log.ts";
import type { StreamsCreated } from "./stream-guard.ts";
import type { ConsumerName } from "./streams.ts";

/** A message for JetStream. `body` goes as JSON. */
export interface OutgoingMessage {
  subject: string;
  body: unknown;
  /** Becomes `Nats-Msg-Id` and `ce-id`; the same for each try to say the same thing. */
  messageId: string;
  traceparent?: string;
  /** `ce-type`; default `dev.hodei.<subject without ids>`. */
  type?: string;
}

/** A message of core NATS: heard by whoever listens at that moment. */
export interface Notice {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly traceparent: string | undefined;
}

/** NATS, connected; reconnects for ever, and logs each outage once at each end. */
export interface Bus extends AsyncDisposable {
  readonly connection: NatsConnection;
  /** The largest message the server takes, headers included, in bytes. */
  readonly maxPayload: number;
  /** Resolves when JetStream has acknowledged every one (a duplicate is acknowledged too). Tried again for 30 s, through outages.
   *  @throws OversizeError before anything is sent; PublishError naming the subject and the cause */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Publishes items as few messages: `{items}` of at most 256 items and 512 KiB, each known by its items' ids. */
  publishItems<Item>(
    subject: string,
    items: readonly Item[],
    options: { messageIdOf: (item: Item) => string },
  ): Promise<void>;
  /** Core NATS: nobody acknowledges, the rows are the truth. Dropped while there is no connection. */
  notify(subject: string, body: unknown, options?: { traceparent?: string }): void;
  /** Core NATS, every subscriber gets every message; ends with the signal. A handler that fails is logged. */
  subscribe(subject: string, handler: (notice: Notice) => void | Promise<void>, signal: AbortSignal): void;
  /** Core NATS: answers requests until the signal aborts, each by one of the processes with that queue name. */
  answer(subject: string, queue: string, responder: Responder, signal: AbortSignal): void;
  /** Core NATS: yields each answer; none when nobody listens there. */
  request(subject: string, body: unknown, timeoutMs: number): AsyncGenerator<Uint8Array>;
  consume(name: ConsumerName, handler: BatchHandler, options: ConsumeOptions): Promise<void>;
  /** Makes the streams that are missing. Runs by itself at open, after a reconnect, and when something says that one is gone. */
  ensureStreams(): Promise<void>;
  /** Called with the names of streams that are new: at first start, or after their store was lost, whoever made them again.
   *  Told at once of those made at open; called again later when it fails. @returns what ends it */
  onStreamsCreated(listener: StreamsCreated): () => void;
  /** Publishes pieces of one attempt's log; `storedUpTo` is what the writer knows to be stored. Resolves and throws as `publish` does.
   *  @returns the highest stream sequence of them */
  publishJobLog(entries: readonly JobLog[], storedUpTo: StoredUpTo): Promise<number>;
  readJobLogs(jobId: string, options: ReadLogsOptions): AsyncGenerator<LogPiece>;
  /** The newest message of a job's log; nothing when none is kept. */
  lastJobLog(jobId: string): Promise<StoredLog | undefined>;
  /** How far each stream of an attempt is stored without a gap, in bytes: whoever adopts its worker goes on there. */
  lastJobLogPositions(jobId: string, attempt: number): Promise<LogPositions>;
  /** Deletes all but the newest messages of a job's log. */
  trimJobLog(jobId: string, keepMessages: number): Promise<void>;
  /** Rejects when JetStream does not answer. */
  check(): Promise<void>;
  /** Messages each durable consumer has not acknowledged yet. */
  consumerPending(): Promise<Map<string, number>>;
}
