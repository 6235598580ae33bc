import type { LogChunk, LogPosition } from "../provider.ts";
import { type PendingOutput, takeLines } from "../take-lines.ts";

const STREAMS = ["stdout", "stderr"] as const;

/** What a worker wrote, as far as it is known: the last part of each stream. */
export type Output = Readonly<Record<(typeof STREAMS)[number], PendingOutput>>;

export function outputOf(stdout: Buffer, stderr: Buffer = Buffer.alloc(0)): Output {
  return { stdout: { offset: 0, data: stdout }, stderr: { offset: 0, data: stderr } };
}

/** The output from `position` on, in whole lines. The streams come one after the other: nobody knows how they were interleaved. */
export function* readOutput(output: Output, position: LogPosition): Generator<LogChunk> {
  for (const stream of STREAMS) {
    const { offset, data } = output[stream];
    const skip = Math.min(data.length, Math.max(0, (position[stream] ?? 0) - offset));
    yield* takeLines(stream, { offset: offset + skip, data: data.subarray(skip) }, true);
  }
}
