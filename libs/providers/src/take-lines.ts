import type { LogStream } from "@hodei/contracts";
import type { LogChunk } from "./provider.ts";

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/** Bytes of one stream that are not out yet, from `offset` on. */
export interface PendingOutput {
  offset: number;
  data: Buffer;
}

/** Takes whole lines off the front, a chunk at a time; at the end, or when a line outgrows a chunk, what there is. */
export function* takeLines(stream: LogStream, pending: PendingOutput, ended: boolean): Generator<LogChunk> {
  while (pending.data.length > 0) {
    const window = pending.data.subarray(0, CHUNK_BYTES);
    const newline = window.lastIndexOf(NEWLINE);
    const bytes = newline >= 0 ? newline + 1 : ended || window.length === CHUNK_BYTES ? characterEnd(window) : 0;
    if (bytes === 0) return;
    const chunk = { stream, offset: pending.offset, bytes, text: window.toString("utf8", 0, bytes) };
    pending.offset += bytes;
    pending.data = withoutFront(pending.data, bytes);
    yield chunk;
  }
}

/** A view costs nothing, but keeps the whole alive; a copy only where little is left, so that a long output is not copied at each chunk. */
function withoutFront(data: Buffer, bytes: number): Buffer {
  const rest = data.subarray(bytes);
  return rest.length < CHUNK_BYTES ? Buffer.from(rest) : rest;
}

/** The end of the last whole UTF-8 character, so that none is torn between two chunks. */
function characterEnd(data: Buffer): number {
  if (data.length < CHUNK_BYTES) return data.length;
  let end = data.length;
  while (end > data.length - 4 && ((data[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  return ((data[end - 1] ?? 0) & 0x80) === 0 ? data.length : end - 1;
}
