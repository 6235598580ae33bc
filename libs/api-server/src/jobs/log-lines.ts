import type { LogStream } from "@hodei/contracts/log-streams";

/** What of a log is put together: a message of `Logs`, or of the stream itself. */
export interface LogText {
  attempt: number;
  stream: LogStream;
  at: string;
  text: string;
  /** Bytes of this stream before it. */
  offset: number;
  /** Bytes just before it that are gone. */
  missing: number;
}

/** Whole lines of one stream: what can be shown without tearing a line. */
export interface LogBlock {
  attempt: number;
  stream: LogStream;
  /** When its first line was taken from the worker. */
  at: string;
  /** Ends with a newline, unless the output did not. */
  text: string;
  /** Bytes of this stream before it; of a text in which something was masked as near as it can be told. */
  offset: number;
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
  take(piece: LogText): void;
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
    take({ attempt, stream, at, text, offset, missing }) {
      const key = `${attempt}.${stream}`;
      if (missing > 0) {
        flush(key);
        sink.gap({ attempt, stream, missing });
      }
      const before = unfinished.get(key);
      const joined = before ? before.text + text : text;
      const end = joined.length > LONGEST_LINE ? joined.length : joined.lastIndexOf("\n") + 1;
      const first = { at: before?.at ?? at, offset: before?.offset ?? offset };
      const whole = { attempt, stream, ...first, text: joined.slice(0, end) };
      if (end > 0) sink.block(whole);
      const next = end > 0 ? { at, offset: first.offset + Buffer.byteLength(whole.text) } : first;
      if (end === joined.length) unfinished.delete(key);
      else unfinished.set(key, { attempt, stream, ...next, text: joined.slice(end) });
    },
    flush() {
      for (const key of [...unfinished.keys()]) flush(key);
    },
  };
}
