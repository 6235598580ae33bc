import type { LogPiece } from "@hodei/bus";
import type { LogStream } from "@hodei/contracts";

/** Whole lines of one stream: what can be shown without tearing a line. */
export interface LogBlock {
  attempt: number;
  stream: LogStream;
  /** When its first line was taken from the worker. */
  at: string;
  /** Ends with a newline, unless the output did not. */
  text: string;
}

/** Bytes that are gone: an attempt's stream does not begin at its beginning, or goes on elsewhere. */
export interface LogGap {
  attempt: number;
  stream: LogStream;
  missing: number;
}

export interface LogSink {
  block(block: LogBlock): void;
  gap(gap: LogGap): void;
}

/** Joins the pieces of long lines again. */
export interface LogLines {
  take(piece: LogPiece): void;
  /** What is left of unfinished lines. */
  flush(): void;
}

/** A line that is longer than this is shown in parts. */
const LONGEST_LINE = 2 ** 20;

export function makeLogLines(sink: LogSink): LogLines {
  const unfinished = new Map<string, LogBlock>();

  function flush(key: string): void {
    const rest = unfinished.get(key);
    unfinished.delete(key);
    if (rest) sink.block(rest);
  }

  return {
    take({ attempt, stream, at, text, missing }) {
      const key = `${attempt}.${stream}`;
      if (missing > 0) {
        flush(key);
        sink.gap({ attempt, stream, missing });
      }
      const before = unfinished.get(key);
      const joined = before ? before.text + text : text;
      const end = joined.length > LONGEST_LINE ? joined.length : joined.lastIndexOf("\n") + 1;
      if (end > 0) sink.block({ attempt, stream, at: before?.at ?? at, text: joined.slice(0, end) });
      if (end === joined.length) unfinished.delete(key);
      else unfinished.set(key, { attempt, stream, at: end > 0 ? at : (before?.at ?? at), text: joined.slice(end) });
    },
    flush() {
      for (const key of [...unfinished.keys()]) flush(key);
    },
  };
}
