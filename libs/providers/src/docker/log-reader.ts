import type { LogChunk, LogPosition } from "../provider.ts";
import { type PendingOutput, takeLines } from "../take-lines.ts";

const HEADER_BYTES = 8;
const STREAMS = { 1: "stdout", 2: "stderr" } as const;
type OutputStream = (typeof STREAMS)[keyof typeof STREAMS];
/** What the `local` driver writes beside each line, whose own end it leaves out: its size twice, stream, time and tags. */
const ENTRY_BYTES = 27;
const SPACE = 0x20;
const LONGEST_TIME_BYTES = 40;

/** Reads a container's log over any number of requests, each of which begins where the one before ended. */
export interface LogReader {
  /**
   * A request begins: at the log's start, or at the last entry that was read. Where that one is missing, `take` throws `LogGap`, having read nothing;
   * unless gaps are taken as they are.
   */
  begin(takesGaps: boolean): void;
  /** What a piece of the answer adds: whole lines, in order. */
  take(chunk: Buffer): Generator<LogChunk>;
  /** The worker has ended: what is left, whole line or not. */
  end(): Generator<LogChunk>;
  /** For the engine's `since`, seconds with nine decimals; `undefined` before the first entry. */
  since(): string | undefined;
  /** Output that an earlier follower read and that has not come by yet. */
  readonly unskipped: number;
  /** Takes what comes from now on as new. */
  stopSkipping(): void;
  /** What was read takes so much in the engine's log, near enough. */
  readonly loggedBytes: number;
  /** Entries read so far. */
  readonly entries: number;
}

/** The last entry that was read is not in the log any more: what lies between is unknown. */
export class LogGap extends Error {}

/**
 * Takes the multiplexed answer apart: a header of 8 bytes (stream, size) before each entry, and the entry's time before its text. The last time,
 * and how many entries bore it, is where the next request goes on, and proves that nothing lies between. Memory: one piece of the answer and one line.
 * Source: Docker Engine API, "Stream format" of attach; `timestamps` and `since` of "Get container logs".
 */
export function makeLogReader(position: LogPosition): LogReader {
  const output: Record<OutputStream, PendingOutput> = {
    stdout: { offset: position.stdout ?? 0, data: Buffer.alloc(0) },
    stderr: { offset: position.stderr ?? 0, data: Buffer.alloc(0) },
  };
  const skip = { stdout: position.stdout ?? 0, stderr: position.stderr ?? 0 };
  let rest: Buffer = Buffer.alloc(0);
  let last: { time: Buffer; count: number } | undefined;
  /** Entries of the last time that this request tells again; `undefined` once new ones come. */
  let repeated: number | undefined;
  let isTakingGaps = false;
  let loggedBytes = 0;
  let entries = 0;

  /** Whether an entry was read by an earlier request. */
  function isRepeated(time: Buffer): boolean {
    const isLast = last?.time.equals(time) ?? false;
    if (repeated !== undefined) {
      if (isLast && repeated < (last?.count ?? 0)) {
        repeated += 1;
        return true;
      }
      if (repeated === 0 && last && !isTakingGaps) throw new LogGap();
      repeated = undefined;
    }
    if (isLast && last) last.count += 1;
    else last = { time: Buffer.from(time), count: 1 };
    return false;
  }

  function withoutSkipped(which: OutputStream, text: Buffer): Buffer {
    const passed = Math.min(skip[which], text.length);
    skip[which] -= passed;
    return text.subarray(passed);
  }

  function* add(which: OutputStream, texts: readonly Buffer[]): Generator<LogChunk> {
    const pending = output[which];
    pending.data = Buffer.concat([pending.data, ...texts]);
    yield* takeLines(which, pending, false);
  }

  return {
    begin(takesGaps) {
      rest = Buffer.alloc(0);
      repeated = 0;
      isTakingGaps = takesGaps;
    },
    *take(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let run: { which: OutputStream; texts: Buffer[] } | undefined;
      let at = 0;
      while (rest.length - at >= HEADER_BYTES) {
        const end = at + HEADER_BYTES + rest.readUInt32BE(at + 4);
        if (rest.length < end) break;
        const which = STREAMS[rest[at] as keyof typeof STREAMS];
        const entry = rest.subarray(at + HEADER_BYTES, end);
        at = end;
        const space = entry.subarray(0, LONGEST_TIME_BYTES).indexOf(SPACE);
        if (!which || space < 0 || isRepeated(entry.subarray(0, space))) continue;
        entries += 1;
        loggedBytes += entry.length - space - 1 + ENTRY_BYTES;
        const text = withoutSkipped(which, entry.subarray(space + 1));
        if (text.length === 0) continue;
        if (run && run.which !== which) {
          yield* add(run.which, run.texts);
          run = undefined;
        }
        run ??= { which, texts: [] };
        run.texts.push(text);
      }
      rest = Buffer.from(rest.subarray(at));
      if (run) yield* add(run.which, run.texts);
    },
    *end() {
      for (const which of Object.values(STREAMS)) yield* takeLines(which, output[which], true);
    },
    since: () => last && secondsOf(last.time.toString("latin1")),
    get unskipped() {
      return skip.stdout + skip.stderr;
    },
    stopSkipping() {
      skip.stdout = 0;
      skip.stderr = 0;
    },
    get loggedBytes() {
      return loggedBytes;
    },
    get entries() {
      return entries;
    },
  };
}

/** `2026-01-02T03:04:05.123456789Z`, or with an offset, in seconds since 1970; as text, since no number holds so many digits. */
function secondsOf(time: string): string {
  const [, toSeconds = "", nanoseconds = "", zone = ""] = /^(.{19})\.(\d{9})(.+)$/.exec(time) ?? [];
  return `${Date.parse(`${toSeconds}${zone}`) / 1000}.${nanoseconds}`;
}
