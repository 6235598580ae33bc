import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { LOGS_STREAM } from "./stored-log.ts";
import { CONSUMERS, type ConsumerName, type JobLogRetention, retentionChange, STREAMS } from "./streams.ts";

const ACK_WAIT_MS = 30_000;
const MAX_ACK_PENDING = 8_192;
export const STREAM_NOT_FOUND = 10_059;
export const CONSUMER_NOT_FOUND = 10_014;
const STREAM_NAME_IN_USE = 10_058;
const NO_STORAGE: ReadonlySet<number> = new Set([10_023, 10_028, 10_047]);
/** A stream that the disk has no room for is made smaller, down to a quarter of a quarter. */
const SHRINK_TRIES = 3;

/** When each stream was made, as this process last saw it: another date means that what it held is gone. */
export type KnownStreams = Map<string, string>;

/** Makes the streams that are not there. Safe with any number of callers at once.
 *  @returns those that were made now, and those that somebody else made anew since the last look */
export async function ensureStreams(
  manager: JetStreamManager,
  known: KnownStreams,
  jobLogRetention: JobLogRetention = {},
): Promise<string[]> {
  const fresh: string[] = [];
  for (const stream of STREAMS) {
    const { info, isMade } = await findOrMake(manager, stream);
    const change = stream.name === LOGS_STREAM && retentionChange(jobLogRetention, info.config);
    if (change) await updateRetention(manager, stream.name, change);
    const before = known.get(stream.name);
    known.set(stream.name, info.created);
    if (isMade || (before !== undefined && before !== info.created)) fresh.push(stream.name);
  }
  return fresh;
}

async function updateRetention(manager: JetStreamManager, name: string, change: Partial<StreamConfig>): Promise<void> {
  try {
    await manager.streams.update(name, change);
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    throw new Error(
      `the NATS server does not let ${name} keep ${JSON.stringify(change)} (${error.message}); ask for less, or give JetStream more storage`,
      { cause: error },
    );
  }
}

async function findOrMake(
  manager: JetStreamManager,
  stream: (typeof STREAMS)[number],
): Promise<{ info: StreamInfo; isMade: boolean }> {
  try {
    const info = await manager.streams.info(stream.name);
    const missing = stream.subjects.some((subject) => !info.config.subjects.includes(subject));
    // Subjects are ours to say; ages and sizes an operator may have set for this installation.
    return {
      info: missing ? await manager.streams.update(stream.name, { subjects: stream.subjects }) : info,
      isMade: false,
    };
  } catch (error) {
    if (!isApiError(error, STREAM_NOT_FOUND)) throw error;
  }
  try {
    return { info: await addStream(manager, stream, 1), isMade: true };
  } catch (error) {
    // Another process was faster, with an older or newer idea of it.
    if (!isApiError(error, STREAM_NAME_IN_USE)) throw error;
    return { info: await manager.streams.info(stream.name), isMade: true };
  }
}

async function addStream(
  manager: JetStreamManager,
  stream: (typeof STREAMS)[number],
  tries: number,
): Promise<StreamInfo> {
  try {
    return await manager.streams.add(stream);
  } catch (error) {
    const noRoom = error instanceof JetStreamApiError && NO_STORAGE.has(error.code);
    if (!noRoom || stream.max_bytes === undefined || tries === SHRINK_TRIES) throw error;
    return addStream(manager, { ...stream, max_bytes: Math.floor(stream.max_bytes / 4) }, tries + 1);
  }
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

export function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
