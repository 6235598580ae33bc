import { JobLog, jobLogSubject, type LogStream } from "@hodei/contracts";
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/transport-node";

export const LOGS_STREAM = "HODEI_LOGS";
/** Travels with each message: how far its writer knew the attempt's streams to be stored without a gap, and by which stream sequence. */
export const STORED_HEADER = "hodei-log-stored";

const NO_MESSAGE_FOUND = 10_037;

/** How far the streams of an attempt were published, in bytes. */
export type LogPositions = Partial<Record<LogStream, number>>;

/** What a writer knows to be stored. */
export interface StoredUpTo {
  sequence: number;
  positions: LogPositions;
}

/** A message of a job's log as the stream has it. */
export interface StoredLog {
  entry: JobLog;
  sequence: number;
  storedUpTo: StoredUpTo | undefined;
}

/** With its length: the same bytes cut elsewhere are another message. */
export function logMessageId({ job_id, attempt, stream, offset, bytes, ended }: JobLog): string {
  return `${job_id}.${attempt}.${stream}.${ended ? "end" : `${offset}+${bytes}`}`;
}

/** Nothing for what is no log entry: somebody else published it there. */
export function readEntry(data: Uint8Array): JobLog | undefined {
  try {
    const parsed = JobLog.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The newest message of a job's log; nothing when none is kept. */
export async function lastJobLog(manager: JetStreamManager, jobId: string): Promise<StoredLog | undefined> {
  try {
    const message = await manager.streams.getMessage(LOGS_STREAM, { last_by_subj: jobLogSubject(jobId) });
    const entry = message && readEntry(message.data);
    return entry ? { entry, sequence: message.seq, storedUpTo: readStoredUpTo(message.header) } : undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}

function readStoredUpTo(headers: MsgHdrs | undefined): StoredUpTo | undefined {
  const text = headers?.get(STORED_HEADER);
  return text ? (JSON.parse(text) as StoredUpTo) : undefined;
}
