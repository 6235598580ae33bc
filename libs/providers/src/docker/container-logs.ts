import type Docker from "dockerode";
import type { LogChunk, LogPosition } from "../provider.ts";
import { statusOf } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";
import { within } from "./within.ts";

const HEADER_BYTES = 8;
const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;
const STREAMS = { 1: "stdout", 2: "stderr" } as const;

/** Bytes of one stream that are not out yet. */
interface Pending {
  /** Where `data` begins in the stream. */
  offset: number;
  data: Buffer;
}

/**
 * A container's output in the order the engine has it, whole lines; ends with the container. The engine replays its log from the start,
 * and `position` says how much of each stream to pass over. Source: Docker Engine API, "Stream format" of attach.
 */
export async function* containerLogs(
  docker: Docker,
  name: string,
  position: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const stream = await openLog(docker, name, signal);
  if (!stream) return;
  const close = () => stream.destroy();
  signal.addEventListener("abort", close, { once: true });
  const seen = { stdout: 0, stderr: 0 };
  const pending = {
    stdout: { offset: position.stdout ?? 0, data: Buffer.alloc(0) },
    stderr: { offset: position.stderr ?? 0, data: Buffer.alloc(0) },
  };
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      while (rest.length >= HEADER_BYTES) {
        const size = rest.readUInt32BE(4);
        if (rest.length < HEADER_BYTES + size) break;
        const which = STREAMS[rest[0] as 1 | 2];
        const payload = rest.subarray(HEADER_BYTES, HEADER_BYTES + size);
        rest = rest.subarray(HEADER_BYTES + size);
        if (!which) continue;
        const skip = Math.min(size, Math.max(0, (position[which] ?? 0) - seen[which]));
        seen[which] += size;
        if (skip < size) pending[which].data = Buffer.concat([pending[which].data, payload.subarray(skip)]);
        yield* takeLines(which, pending[which], false);
      }
    }
    for (const which of Object.values(STREAMS)) yield* takeLines(which, pending[which], true);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function openLog(
  docker: Docker,
  name: string,
  signal: AbortSignal,
): Promise<(AsyncIterable<unknown> & { destroy(): void }) | undefined> {
  try {
    const stream = await within(
      docker.getContainer(name).logs({ follow: true, stdout: true, stderr: true }),
      CALL_TIMEOUT_MS,
      signal,
    );
    return stream as unknown as AsyncIterable<unknown> & { destroy(): void };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Takes whole lines off the front, at most a chunk at a time; at the end, or when a line outgrows a chunk, what there is. */
function* takeLines(stream: "stdout" | "stderr", pending: Pending, ended: boolean): Generator<LogChunk> {
  while (pending.data.length > 0) {
    const window = pending.data.subarray(0, CHUNK_BYTES);
    const newline = window.lastIndexOf(NEWLINE);
    const bytes = newline >= 0 ? newline + 1 : ended || window.length === CHUNK_BYTES ? characterEnd(window) : 0;
    if (bytes === 0) return;
    yield { stream, offset: pending.offset, bytes, text: window.toString("utf8", 0, bytes) };
    pending.offset += bytes;
    pending.data = Buffer.from(pending.data.subarray(bytes));
  }
}

/** The end of the last whole UTF-8 character, so that none is torn between two chunks. */
function characterEnd(data: Buffer): number {
  if (data.length < CHUNK_BYTES) return data.length;
  let end = data.length;
  while (end > data.length - 4 && ((data[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  return ((data[end - 1] ?? 0) & 0x80) === 0 ? data.length : end - 1;
}
