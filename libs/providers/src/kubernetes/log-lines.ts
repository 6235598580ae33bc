const NEWLINE = 0x0a;
const SPACE = 0x20;
/** RFC 3339 with a fraction, as the kubelet writes it before each line. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const LONGEST_TIMESTAMP = 40;
/** A line that is longer is passed on in pieces. */
const LONGEST_HELD_BYTES = 1_048_576;

/** How far a log was read, so that the next read goes on there although the server knows no offsets. */
export interface LogMark {
  /** Bytes of content that are out already and are passed over at the first read. */
  skip: number;
  /** The time of the last whole line, and how many lines of that very time were read. */
  time?: string;
  sameTime: number;
  /** Bytes that are out of the line after it, which is not whole yet. */
  ofNextLine: number;
}

export function newMark(position: number): LogMark {
  return { skip: position, sameTime: 0, ofNextLine: 0 };
}

/** `sinceTime` for the next read: whole seconds, so some lines come again, which the mark passes over. */
export function sinceTimeOf({ time }: LogMark): string | undefined {
  const match = TIMESTAMP.exec(time ?? "");
  return match ? `${match[1]}${match[3]}` : undefined;
}

/** Takes a log with timestamps apart: yields content that is new, and moves the mark. One reader for each read. */
export function makeLineReader(mark: LogMark) {
  let held: Buffer = Buffer.alloc(0);
  const resumeAt = mark.time === undefined ? undefined : parseTime(mark.time);
  let resuming = resumeAt !== undefined;
  let sameToSkip = mark.sameTime;
  let dropOfLine = mark.ofNextLine;
  /** In the middle of a line whose beginning is out: what follows has no timestamp. */
  let inLine = false;
  let lineTime: string | undefined;

  function take(content: Buffer): Buffer {
    const skipped = Math.min(mark.skip, content.length);
    mark.skip -= skipped;
    return content.subarray(skipped);
  }

  /** Whether the line was read before. */
  function isOld(time: string): boolean {
    if (!resuming || resumeAt === undefined) return false;
    const at = parseTime(time);
    const order = at === undefined ? 1 : compareTimes(at, resumeAt);
    if (order < 0) return true;
    if (order === 0 && sameToSkip > 0) {
      sameToSkip -= 1;
      return true;
    }
    resuming = false;
    return false;
  }

  /** Without what is out of that line from an earlier read. */
  function fresh(content: Buffer): Buffer {
    const dropped = Math.min(dropOfLine, content.length);
    dropOfLine -= dropped;
    return take(content.subarray(dropped));
  }

  function advance(time: string | undefined): void {
    dropOfLine = 0;
    mark.ofNextLine = 0;
    if (time === undefined) return;
    mark.sameTime = mark.time === time ? mark.sameTime + 1 : 1;
    mark.time = time;
  }

  function* wholeLine(line: Buffer): Generator<Buffer> {
    const { time, content } = inLine ? { time: lineTime, content: line } : split(line);
    if (!inLine && time !== undefined && isOld(time)) return;
    inLine = false;
    const out = fresh(content);
    advance(time);
    yield out;
  }

  return {
    *push(chunk: Buffer): Generator<Buffer> {
      let data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
        yield* wholeLine(data.subarray(0, end + 1));
        data = data.subarray(end + 1);
      }
      held = data;
      if (held.length > LONGEST_HELD_BYTES) yield* this.end();
    },
    /** What is held of a line that has no end: at the end of the log, or when it grows too long. */
    *end(): Generator<Buffer> {
      if (held.length === 0) return;
      const { time, content } = inLine ? { time: lineTime, content: held } : split(held);
      held = Buffer.alloc(0);
      if (!inLine && time !== undefined && isOld(time)) return;
      inLine = true;
      lineTime = time;
      const out = fresh(content);
      mark.ofNextLine += out.length;
      yield out;
    },
  };
}

function split(line: Buffer): { time: string | undefined; content: Buffer } {
  const space = line.subarray(0, LONGEST_TIMESTAMP).indexOf(SPACE);
  const time = space > 0 ? line.toString("latin1", 0, space) : "";
  // What the kubelet says itself ("unable to retrieve container logs …") has no time.
  return TIMESTAMP.test(time) ? { time, content: line.subarray(space + 1) } : { time: undefined, content: line };
}

interface Time {
  seconds: number;
  nanos: number;
}

function parseTime(text: string): Time | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  return { seconds: Date.parse(`${match[1]}${match[3]}`) / 1000, nanos: Number((match[2] ?? "").padEnd(9, "0")) };
}

function compareTimes(a: Time, b: Time): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}
