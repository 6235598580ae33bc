import { JobLog, jobLogSubject, type LogStream } from "@hodei/contracts";
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

const STREAM = "HODEI_LOGS";
/** Messages looked at from the end to find each stream's last position. */
const LOOK_BACK = 64;

export interface ReadLogsOptions {
  signal: AbortSignal;
  /** Go on waiting for what is still to come; otherwise end at what is there now. */
  follow: boolean;
}

/** The log of a job, oldest first. Ends when the signal aborts, or without `follow` when all that is stored was read. */
export async function* readJobLogs(connection: NatsConnection, jobId: string, { signal, follow }: ReadLogsOptions): AsyncGenerator<JobLog> {
  const consumer = await jetstream(connection).consumers.get(STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: DeliverPolicy.All,
  });
  let left = (await consumer.info()).num_pending;
  if (!follow && left === 0) return;
  const messages = await consumer.consume();
  const stop = () => messages.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      left -= 1;
      const parsed = JobLog.safeParse(message.json());
      if (parsed.success) yield parsed.data;
      if (!follow && left <= 0) return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    messages.stop();
  }
}

/** How far each output stream of an attempt was published, in bytes: whoever adopts its worker goes on there. */
export async function lastLogPositions(connection: NatsConnection, jobId: string, attempt: number): Promise<Partial<Record<LogStream, number>>> {
  const positions: Partial<Record<LogStream, number>> = {};
  const manager = await jetstreamManager(connection);
  const last = await manager.streams.getMessage(STREAM, { last_by_subj: jobLogSubject(jobId) });
  if (!last) return positions;
  const note = (data: Uint8Array) => {
    const parsed = JobLog.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (!parsed.success || parsed.data.attempt !== attempt) return;
    const { stream, offset, bytes } = parsed.data;
    positions[stream] = Math.max(positions[stream] ?? 0, offset + bytes);
  };
  note(last.data);
  const consumer = await jetstream(connection).consumers.get(STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, last.seq - LOOK_BACK * 16),
  });
  let left = (await consumer.info()).num_pending;
  if (left === 0) return positions;
  for await (const message of await consumer.consume()) {
    note(message.data);
    left -= 1;
    if (left <= 0) break;
  }
  return positions;
}
