import { LogEnd } from "@hodei/api/job";
import type { LogPiece } from "@hodei/bus";
import { schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import type { ApiContext } from "../context.ts";

const { jobs } = schema;
/** How often a follower looks whether its job has ended. */
const LOOK_MS = 1_000;
/** When an attempt's log has ended, its job has as well, or is about to: then it is looked at soon, and less soon each time. */
const SOON_MS = 10;
/** The end of a log comes before the end of its job is told, or, where it is very long, after it. Silence for so long, and it is given up. */
const SILENCE_MS = 20_000;

/** Watches for the end of a log that is followed. */
export interface LogEnding extends Disposable {
  /** What was read last. */
  note(piece: LogPiece): void;
  /** Aborts once the last piece was read, or does not come. */
  readonly signal: AbortSignal;
}

/** @param readUpTo the sequence up to which it was read already */
export function awaitLogEnd(context: ApiContext, jobId: string, readUpTo: number): LogEnding {
  const ended = new AbortController();
  const progress = { sequence: readUpTo, attempt: 0, movedAt: performance.now() };
  let soon: NodeJS.Timeout | undefined;
  const ticking = setInterval(() => void look(), LOOK_MS);
  void look();
  return {
    signal: ended.signal,
    note({ sequence, ended: isEnd, attempt }) {
      progress.sequence = Math.max(progress.sequence, sequence);
      progress.movedAt = performance.now();
      if (!isEnd) return;
      progress.attempt = Math.max(progress.attempt, attempt);
      lookSoon(SOON_MS);
    },
    [Symbol.dispose]() {
      clearInterval(ticking);
      clearTimeout(soon);
      ended.abort();
    },
  };

  function lookSoon(ms: number): void {
    clearTimeout(soon);
    if (ms < LOOK_MS) soon = setTimeout(() => void lookAgain(ms), ms);
  }

  async function lookAgain(ms: number): Promise<void> {
    await look();
    if (!ended.signal.aborted) lookSoon(2 * ms);
  }

  async function look(): Promise<void> {
    try {
      if (!ended.signal.aborted && (await isOver())) ended.abort();
    } catch (error) {
      context.logger.warn(
        { err: error, job_id: jobId },
        "whether a job has ended could not be read; it is asked again",
      );
    }
  }

  async function isOver(): Promise<boolean> {
    const job = await readEnd(context, jobId);
    if (job && !job.finishedAt) return false;
    const last = await context.bus.lastJobLog(jobId);
    if (!last) return true;
    if (performance.now() - progress.movedAt > SILENCE_MS) return true;
    // The last attempt may have written nothing; then the end of the log is an earlier one's.
    const lastAttempt = last.entry.ended ? Math.min(job?.attempt ?? 0, last.entry.attempt) : (job?.attempt ?? 0);
    return progress.sequence >= last.sequence && progress.attempt >= lastAttempt;
  }
}

/** How the log of a job ends, as it is now. */
export async function logEndOf(context: ApiContext, jobId: string): Promise<LogEnd> {
  const last = await context.bus.lastJobLog(jobId);
  if (!last) return LogEnd.NONE;
  const job = await readEnd(context, jobId);
  if (job && !job.finishedAt) return LogEnd.OPEN;
  if (!last.entry.ended) return LogEnd.MISSING;
  const isAll = last.entry.offset === 0 && last.sequence === (await firstSequence(context, jobId));
  return isAll ? LogEnd.EMPTY : LogEnd.COMPLETE;
}

async function readEnd({ store }: ApiContext, jobId: string) {
  const columns = { attempt: jobs.attempt, finishedAt: jobs.finishedAt };
  const [job] = await store.db.select(columns).from(jobs).where(eq(jobs.id, jobId));
  return job;
}

async function firstSequence({ bus }: ApiContext, jobId: string): Promise<number | undefined> {
  const signal = new AbortController().signal;
  for await (const piece of bus.readJobLogs(jobId, { follow: false, withEnds: true, signal })) return piece.sequence;
  return undefined;
}
