import type { JobLog } from "@hodei/contracts";
import type { LogChunk } from "@hodei/providers";

/** A piece of a log that is not sent yet. */
export interface WaitingPiece extends LogChunk {
  at: Date;
}

/**
 * Takes messages of about `limitBytes` together off the front. Neighbours of one stream become one message; where streams take turns, each
 * turn is one, so that their order stays.
 */
export function takeMessages(
  waiting: WaitingPiece[],
  limitBytes: number,
  { jobId, attempt }: { jobId: string; attempt: number },
): { messages: JobLog[]; bytes: number } {
  const messages: JobLog[] = [];
  let bytes = 0;
  let taken = 0;
  for (const piece of waiting) {
    if (taken > 0 && bytes + piece.bytes > limitBytes) break;
    const last = messages.at(-1);
    if (last?.stream === piece.stream && last.offset + last.bytes === piece.offset) {
      last.text += piece.text;
      last.bytes += piece.bytes;
    } else {
      const { stream, offset, at, text } = piece;
      messages.push({ job_id: jobId, attempt, stream, offset, bytes: piece.bytes, at: at.toISOString(), text });
    }
    bytes += piece.bytes;
    taken += 1;
  }
  waiting.splice(0, taken);
  return { messages, bytes };
}
