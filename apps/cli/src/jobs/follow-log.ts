import type { Bus } from "@hodei/bus";
import { outputHasRoom, say } from "../print.ts";
import type { LogLines } from "./log-lines.ts";

/** A job's log as it grows. */
export interface FollowedLog {
  /** The job has ended with that attempt. Resolves when the last line was shown, or does not come. */
  finish(attempt: number): Promise<void>;
  /** Rejects when the log cannot be read. */
  readonly failed: Promise<never>;
  stop(): void;
}

/** The end of a log comes before the end of its job is told, or, where it is very long, after it. Silence for so long, and it is given up. */
const SILENCE_MS = 20_000;

export function followLog(bus: Bus, jobId: string, lines: LogLines, fromSequence: number | undefined): FollowedLog {
  const stopping = new AbortController();
  const failure = Promise.withResolvers<never>();
  let endedAttempt = 0;
  let moved = Promise.withResolvers<void>();

  async function read(): Promise<void> {
    const from = fromSequence === undefined ? {} : { fromSequence };
    const options = { follow: true, withEnds: true, signal: stopping.signal, ...from };
    for await (const piece of bus.readJobLogs(jobId, options)) {
      if (piece.ended) {
        endedAttempt = Math.max(endedAttempt, piece.attempt);
        lines.flush();
      } else {
        lines.take(piece);
      }
      await outputHasRoom();
      moved.resolve();
      moved = Promise.withResolvers<void>();
    }
    lines.flush();
  }

  /** False when nothing came for a long time. */
  async function until(isDone: () => boolean): Promise<boolean> {
    while (!isDone()) {
      const silence = Promise.withResolvers<"silence">();
      const timer = setTimeout(() => silence.resolve("silence"), SILENCE_MS);
      const what = await Promise.race([moved.promise, silence.promise]).finally(() => clearTimeout(timer));
      if (what === "silence" && !isDone()) return false;
    }
    return true;
  }

  const reading = read();
  reading.catch((error: unknown) => failure.reject(error));
  // Whoever does not wait for it any more has no use for it.
  failure.promise.catch(() => undefined);

  async function finish(attempt: number): Promise<void> {
    // The last attempt may have written nothing; then the end of the log is an earlier one's, or there is none.
    const last = endedAttempt >= attempt ? undefined : await bus.lastJobLog(jobId);
    const lastAttempt = last?.entry.ended ? Math.min(attempt, last.entry.attempt) : attempt;
    const isDone = () => endedAttempt >= lastAttempt;
    if (last && !(await until(isDone)))
      say(`the end of the log of job ${jobId} has not come; what there is shows: hodei jobs logs ${jobId}`);
    stopping.abort();
    await reading;
  }

  return { finish, failed: failure.promise, stop: () => stopping.abort() };
}
