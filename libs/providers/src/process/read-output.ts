import { type FileHandle, open } from "node:fs/promises";
import type { LogChunk, LogPosition } from "../provider.ts";
import { watchFolder } from "./watch-folder.ts";
import { isMissing, type WorkerFolder } from "./worker-folder.ts";

const CHUNK_BYTES = 65_536;
/** The net under file notifications, which some file systems do not give. */
const NET_MS = 1_000;
/** From the record of the exit code to the end of the worker's last process. */
const ENDING_MS = 5;
const STREAMS = ["stdout", "stderr"] as const;
const NEWLINE = 0x0a;

/** Output of a worker from `position` on, whole lines as they are written; ends when it has ended and all was read. */
export async function* readOutput(
  folder: WorkerFolder,
  position: LogPosition,
  progress: () => "running" | "ending" | "ended",
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  let wake: (() => void) | undefined;
  const endWatch = watchFolder(folder.path, () => wake?.());
  const stop = () => wake?.();
  signal.addEventListener("abort", stop, { once: true });
  const files = new Map<string, FileHandle>();
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const offsets = { stdout: position.stdout ?? 0, stderr: position.stderr ?? 0 };
  // Looked at only when nothing is left to read: while there is, it says nothing.
  let state = progress();
  try {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      let isIdle = true;
      for (const stream of STREAMS) {
        const chunk = await readChunk({ folder, files, buffer }, stream, offsets[stream], state === "ended");
        if (!chunk) continue;
        isIdle = false;
        offsets[stream] += chunk.bytes;
        yield chunk;
      }
      if (!isIdle) continue;
      if (state === "ended") return;
      const before = state;
      state = progress();
      // What it wrote before that is read first.
      if (state !== before) continue;
      const timer = setTimeout(resolve, state === "ending" ? ENDING_MS : NET_MS);
      await promise;
      clearTimeout(timer);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    endWatch();
    await Promise.all([...files.values()].map((file) => file.close()));
  }
}

async function readChunk(
  { folder, files, buffer }: { folder: WorkerFolder; files: Map<string, FileHandle>; buffer: Buffer },
  stream: (typeof STREAMS)[number],
  offset: number,
  ended: boolean,
): Promise<LogChunk | undefined> {
  const file = files.get(stream) ?? (await openOutput(folder.file(stream)));
  if (!file) return undefined;
  files.set(stream, file);
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
  const data = buffer.subarray(0, bytesRead);
  const bytes = wholeLines(data, ended);
  if (bytes === 0) return undefined;
  return { stream, offset, bytes, text: data.toString("utf8", 0, bytes) };
}

/** How much of `data` may go out: up to its last newline; a line longer than a chunk is cut between two characters. */
function wholeLines(data: Uint8Array, ended: boolean): number {
  const newline = data.lastIndexOf(NEWLINE);
  if (newline >= 0) return newline + 1;
  if (data.length < CHUNK_BYTES) return ended ? data.length : 0;
  let end = data.length;
  while (end > data.length - 4 && ((data[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  // Now before the first byte of the last character; a plain character stays.
  return ((data[end - 1] ?? 0) & 0x80) === 0 ? data.length : end - 1;
}

async function openOutput(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
