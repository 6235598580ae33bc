import { setTimeout as sleep } from "node:timers/promises";
import { jobLogSubject } from "@hodei/contracts";
import { type ConsumerMessages, DeliverPolicy, type JetStreamManager, type JsMsg, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type LogPiece, makeLogOrder } from "./log-order.ts";
import { LOGS_STREAM, lastJobLog, readEntry } from "./stored-log.ts";

export interface ReadLogsOptions {
  signal: AbortSignal;
  /** Go on waiting for what is still to come; otherwise end at what is there now. */
  follow: boolean;
  /** The stream sequence to begin at; default the first message kept. */
  fromSequence?: number;
  /** Also yield what says that an attempt's log has ended: `ended`, without text. */
  withEnds?: boolean;
}

export interface ReadLogsContext {
  connection: NatsConnection;
  manager: JetStreamManager;
  /** Calls back when the connection or the streams were made anew. @returns what ends that */
  onReset: (reset: () => void) => () => void;
}

/** Messages asked for ahead; of 64 KiB each at most, so that a reader that pauses holds up its own pipe only. */
const AHEAD = 16;
/** A piece that came too early waits so long for the one before it. */
const HOLD_MS = 2_000;
const RETRY_MS = 250;
/** Without `follow`, so many failures in a row are the end. */
const TRIES = 5;

/**
 * The log of a job, each stream in order, each byte once, and what is no longer kept named by `missing`. Ends when the signal aborts, or
 * without `follow` when all that was stored at the beginning was read. A follower outlives NATS, and a stream that was made anew.
 */
export async function* readJobLogs(
  context: ReadLogsContext,
  jobId: string,
  { signal, follow, fromSequence, withEnds = false }: ReadLogsOptions,
): AsyncGenerator<LogPiece> {
  const until = follow ? Number.POSITIVE_INFINITY : ((await lastJobLog(context.manager, jobId))?.sequence ?? 0);
  if (signal.aborted || until === 0) return;
  const order = makeLogOrder({ startsAnywhere: fromSequence !== undefined });
  const source = { jobId, from: fromSequence ?? 1, signal, isPatient: follow, isHolding: () => order.isHolding };
  for await (const message of messagesFrom(context, source)) {
    if (!message) {
      yield* order.release();
      continue;
    }
    const entry = readEntry(message.data);
    if (entry) yield* order.take(entry, message.seq).filter((piece) => withEnds || !piece.ended);
    if (message.seq >= until) break;
  }
  yield* order.release();
}

interface Source {
  jobId: string;
  from: number;
  signal: AbortSignal;
  /** Outages are waited out, however long. */
  isPatient: boolean;
  isHolding: () => boolean;
}

/** Messages until the signal aborts, through outages; and `undefined` when one is waited for and does not come. */
async function* messagesFrom(
  { connection, manager, onReset }: ReadLogsContext,
  { jobId, from, signal, isPatient, isHolding }: Source,
): AsyncGenerator<JsMsg | undefined> {
  let next = from;
  let failures = 0;
  let created: string | undefined;
  let messages: ConsumerMessages | undefined;
  const stop = () => messages?.stop();
  const forget = onReset(stop);
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      try {
        const { created: since } = await manager.streams.info(LOGS_STREAM);
        // A stream made anew counts from 1 again.
        if (created !== undefined && created !== since) next = 1;
        created = since;
        messages = await consumeFrom(connection, jobId, next);
        if (signal.aborted) return;
        for await (const message of orQuiet(messages, isHolding)) {
          if (message) {
            next = message.seq + 1;
            failures = 0;
          }
          yield message;
        }
      } catch (error) {
        failures += 1;
        if (!isPatient && failures >= TRIES) throw error;
      }
      messages?.stop();
      // The pause ends early only when the reading is to end.
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    messages?.stop();
    forget();
    signal.removeEventListener("abort", stop);
  }
}

async function consumeFrom(connection: NatsConnection, jobId: string, sequence: number): Promise<ConsumerMessages> {
  const consumer = await jetstream(connection).consumers.get(LOGS_STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence,
  });
  return await consumer.consume({ max_messages: AHEAD, abort_on_missing_resource: true });
}

/** The messages, and `undefined` after a quiet while in which `isWaiting`. */
async function* orQuiet<T>(messages: AsyncIterable<T>, isWaiting: () => boolean): AsyncGenerator<T | undefined> {
  const iterator = messages[Symbol.asyncIterator]();
  for (;;) {
    const coming = iterator.next();
    while (isWaiting() && (await isLate(coming))) yield undefined;
    const result = await coming;
    if (result.done) return;
    yield result.value;
  }
}

async function isLate(coming: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(true), HOLD_MS);
  try {
    return await Promise.race([coming.then(() => false), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
