import { jobLogSubject, LOG_STREAMS, type LogStream } from "@hodei/contracts";
import { DeliverPolicy, type JetStreamManager, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { LOGS_STREAM, type LogPositions, lastJobLog, readEntry } from "./stored-log.ts";

interface Span {
  start: number;
  end: number;
}

/**
 * How far each stream of an attempt is stored without a gap. The newest message says what was stored when it was sent; only what came
 * since, a writer's window, is read. So it costs the same for a log of 50 MB as for one of ten lines.
 */
export async function lastJobLogPositions(
  connection: NatsConnection,
  manager: JetStreamManager,
  jobId: string,
  attempt: number,
): Promise<LogPositions> {
  const last = await lastJobLog(manager, jobId);
  if (!last || last.entry.attempt < attempt) return {};
  // Somebody else's message, or a later attempt's: all that is kept is looked at.
  const known = last.entry.attempt === attempt ? last.storedUpTo : undefined;
  const spans = await spansFrom(connection, { jobId, attempt, from: Math.max(1, known?.sequence ?? 1) });
  const positions: LogPositions = {};
  for (const stream of LOG_STREAMS) {
    const end = endWithoutGap(known?.positions[stream], spans.get(stream) ?? []);
    if (end !== undefined) positions[stream] = end;
  }
  return positions;
}

/** From where it is known to be complete, else from the first byte kept. */
function endWithoutGap(known: number | undefined, spans: readonly Span[]): number | undefined {
  let end = known;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    end ??= span.start;
    if (span.start > end) break;
    end = Math.max(end, span.end);
  }
  return end;
}

async function spansFrom(
  connection: NatsConnection,
  { jobId, attempt, from }: { jobId: string; attempt: number; from: number },
): Promise<Map<LogStream, Span[]>> {
  const spans = new Map<LogStream, Span[]>();
  const consumer = await jetstream(connection).consumers.get(LOGS_STREAM, {
    filter_subjects: jobLogSubject(jobId),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  let left = (await consumer.info(true)).num_pending;
  if (left === 0) return spans;
  for await (const message of await consumer.consume()) {
    const entry = readEntry(message.data);
    if (entry?.attempt === attempt) {
      const ofStream = spans.get(entry.stream) ?? [];
      ofStream.push({ start: entry.offset, end: entry.offset + entry.bytes });
      spans.set(entry.stream, ofStream);
    }
    left = Math.min(left - 1, message.info.pending);
    if (left <= 0) break;
  }
  return spans;
}
