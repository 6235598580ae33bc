import type { Bus } from "@hodei/bus";
import { type LogBlock, makeLogLines } from "./log-lines.ts";
import { isShown, type LogView } from "./log-printer.ts";

export interface LogTail {
  /** One line each. */
  blocks: LogBlock[];
  /** Where a follower goes on. */
  nextSequence: number;
}

/** Positions of the stream looked at first, from the end; then eight times as many, and so on. Other jobs' messages count. */
const FIRST_LOOK_BACK = 64;

/** The last lines of what is shown of a log, without reading all of it. */
export async function readTail(bus: Bus, jobId: string, count: number, view: LogView): Promise<LogTail> {
  const last = await bus.lastJobLog(jobId);
  if (!last) return { blocks: [], nextSequence: 1 };
  for (let lookBack = FIRST_LOOK_BACK; ; lookBack *= 8) {
    const fromSequence = Math.max(1, last.sequence - lookBack + 1);
    const tail = await lastLines(bus, jobId, { count, view, fromSequence });
    if (tail.blocks.length >= count || fromSequence === 1) return tail;
  }
}

async function lastLines(
  bus: Bus,
  jobId: string,
  { count, view, fromSequence }: { count: number; view: LogView; fromSequence: number },
): Promise<LogTail> {
  let blocks: LogBlock[] = [];
  let nextSequence = fromSequence;
  const lines = makeLogLines({
    block(block) {
      if (!isShown(view, block)) return;
      const texts = block.text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
      blocks.push(...texts.slice(-count).map((text) => ({ ...block, text })));
      if (blocks.length > 2 * count) blocks = blocks.slice(-count);
    },
    gap: () => undefined,
  });
  const signal = new AbortController().signal;
  for await (const piece of bus.readJobLogs(jobId, { follow: false, signal, fromSequence })) {
    lines.take(piece);
    nextSequence = piece.sequence + 1;
  }
  lines.flush();
  return { blocks: blocks.slice(-count), nextSequence };
}
