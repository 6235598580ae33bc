import { JobLog, jobLogSubject, type LogStream } from "@hodei/contracts";
import { DeliverPolicy, type JetStreamManager, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { isApiError } from "./ensure-streams.ts";

const STREAM = "HODEI_LOGS";
const NO_MESSAGE_FOUND = 10_037;
/** Stream positions looked at first, from the end, for each output stream's last line; then eight times as many, and so on. */
const FIRST_LOOK_BACK = 2_000;

export interface ReadLogsOptions {
  signal: AbortSignal;
  /** Go on waiting for what is still to come; otherwise end at what is there now. */
  follow: boolean;
  /** From the first line kept (default), or only what comes from now on. */
  fromStart?: boolean;
}

/** The log of a job, oldest first. Ends when the signal aborts, or without `follow` when all that is stored was read. */
export async function* readJobLogs(
  connection: NatsConnection,
  jobId: string,
  { signal, follow, fromStart = true }: ReadLogsOptions,
): AsyncGenerator<JobLog> {
  if (signal.aborted) return;
  const consumer = await jetstream(connection).consumers.get(STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: fromStart ? DeliverPolicy.All : DeliverPolicy.New,
  });
  let left = (await consumer.info(true)).num_pending;
  if (!follow && left === 0) return;
  const messages = await consumer.consume();
  const stop = () => messages.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      left -= 1;
      const entry = readEntry(message.data);
      if (entry) yield entry;
      if (!follow && left <= 0) return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    messages.stop();
  }
}

/** Looks back from the job's newest line in growing steps until both output streams of the attempt were seen, or nothing is left. */
export async function lastJobLogPositions(
  connection: NatsConnection,
  manager: JetStreamManager,
  jobId: string,
  attempt: number,
): Promise<Partial<Record<LogStream, number>>> {
  const newest = await newestSequence(manager, jobId);
  if (newest === undefined) return {};
  for (let lookBack = FIRST_LOOK_BACK; ; lookBack *= 8) {
    const from = Math.max(1, newest - lookBack);
    const positions = await positionsFrom(connection, jobId, attempt, from);
    const hasBoth = positions.stdout !== undefined && positions.stderr !== undefined;
    if (hasBoth || from === 1) return positions;
  }
}

async function newestSequence(manager: JetStreamManager, jobId: string): Promise<number | undefined> {
  try {
    return (await manager.streams.getMessage(STREAM, { last_by_subj: jobLogSubject(jobId) }))?.seq;
  } catch (error) {
    if (isApiError(error, NO_MESSAGE_FOUND)) return undefined;
    throw error;
  }
}

async function positionsFrom(connection: NatsConnection, jobId: string, attempt: number, sequence: number) {
  const positions: Partial<Record<LogStream, number>> = {};
  const consumer = await jetstream(connection).consumers.get(STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence,
  });
  let left = (await consumer.info(true)).num_pending;
  if (left === 0) return positions;
  for await (const message of await consumer.consume()) {
    const entry = readEntry(message.data);
    if (entry?.attempt === attempt) {
      const end = entry.offset + entry.bytes;
      positions[entry.stream] = Math.max(positions[entry.stream] ?? 0, end);
    }
    left -= 1;
    if (left <= 0) break;
  }
  return positions;
}

/** Nothing for what is no log entry: somebody else published it there. */
function readEntry(data: Uint8Array): JobLog | undefined {
  try {
    const parsed = JobLog.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
