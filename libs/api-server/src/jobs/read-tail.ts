import type { ApiBus } from "../context.ts";
import { type LogBlock, makeLogLines } from "./log-lines.ts";

export interface LogTail {
  /** One line each. */
  blocks: LogBlock[];
  /** Where a follower goes on. */
  nextSequence: number;
}

/** Whether a piece of a log is asked for. */
export type IsWanted = (piece: Pick<LogBlock, "attempt" | "stream">) => boolean;

/** Positions of the stream looked at first, from the end; then eight times as many, and so on. Other jobs' messages count. */
const FIRST_LOOK_BACK = 64;

/** The last lines of what is wanted of a log, without reading all of it. */
export async function readTail(bus: ApiBus, jobId: string, count: number, isWanted: IsWanted): Promise<LogTail> {
  const last = await bus.lastJobLog(jobId);
  if (!last) return { blocks: [], nextSequence: 1 };
  for (let lookBack = FIRST_LOOK_BACK; ; lookBack *= 8) {
    const fromSequence = Math.max(1, last.sequence - lookBack + 1);
    const tail = await lastLines(bus, jobId, { count, isWanted, fromSequence });
    if (tail.blocks.length >= count || fromSequence === 1) return tail;
  }
}

async function lastLines(
  bus: ApiBus,
  jobId: string,
  { count, isWanted, fromSequence }: { count: number; isWanted: IsWanted; fromSequence: number },
): Promise<LogTail> {
  let blocks: LogBlock[] = [];
  let nextSequence = fromSequence;
  const lines = makeLogLines({
    block(block) {
      if (!isWanted(block)) return;
      blocks.push(...lastOf(splitLines(block), count));
      if (blocks.length > 2 * count) blocks = lastOf(blocks, count);
    },
    gap: () => undefined,
  });
  const signal = new AbortController().signal;
  for await (const piece of bus.readJobLogs(jobId, { follow: false, signal, fromSequence })) {
    lines.take(piece);
    nextSequence = piece.sequence + 1;
  }
  lines.flush();
  return { blocks: lastOf(blocks, count), nextSequence };
}

function lastOf(blocks: LogBlock[], count: number): LogBlock[] {
  return count === 0 ? [] : blocks.slice(-count);
}

/** Its lines, each where it stands in the stream. */
function splitLines(block: LogBlock): LogBlock[] {
  let offset = block.offset;
  return (block.text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => {
    const line = { ...block, text, offset };
    offset += Buffer.byteLength(text);
    return line;
  });
}
