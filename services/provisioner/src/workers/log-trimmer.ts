import type { Bus } from "@hodei/bus";
import type { Logger } from "@hodei/telemetry";

/** Keeps one attempt's log within its share of the stream, so that a loud job pushes out its own oldest lines and nobody else's. */
export interface LogTrimmer {
  /** Messages that are stored now, and their bytes. */
  added(messages: number, bytes: number): void;
}

/** Counted by this part of the limit: what is kept is never more than the limit, and after a trim about half of it. */
const PARTS = 16;

interface Part {
  messages: number;
  bytes: number;
}

/** A trim walks through what is stored; cutting to a half makes it rare. */
export function makeLogTrimmer(bus: Bus, jobId: string, limitBytes: number, logger: Logger): LogTrimmer {
  let parts: Part[] = [];
  let isTrimming = false;

  async function trim(): Promise<void> {
    let bytes = 0;
    const kept = parts.toReversed().filter((part) => {
      bytes += part.bytes;
      return bytes <= limitBytes / 2;
    });
    parts = kept.toReversed();
    try {
      await bus.trimJobLog(
        jobId,
        kept.reduce((sum, { messages }) => sum + messages, 0),
      );
    } catch (error) {
      logger.warn({ err: error, job_id: jobId }, `the log of job ${jobId} could not be cut to its limit`);
    }
  }

  return {
    added(messages, bytes) {
      const last = parts.at(-1);
      if (last && last.bytes < limitBytes / PARTS) {
        last.messages += messages;
        last.bytes += bytes;
      } else {
        parts.push({ messages, bytes });
      }
      if (isTrimming || parts.reduce((sum, part) => sum + part.bytes, 0) < limitBytes) return;
      isTrimming = true;
      void trim().finally(() => {
        isTrimming = false;
      });
    },
  };
}
