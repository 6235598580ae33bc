import type Docker from "dockerode";
import type { LogChunk, LogPosition } from "../provider.ts";
import { type PendingOutput, takeLines } from "../take-lines.ts";
import { within } from "../within.ts";
import { statusOf } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";

const HEADER_BYTES = 8;
const STREAMS = { 1: "stdout", 2: "stderr" } as const;
type OutputStream = (typeof STREAMS)[keyof typeof STREAMS];

type Output = Record<OutputStream, PendingOutput>;

/**
 * A container's output in the order the engine has it, whole lines; ends with the container. The engine replays its log from the start at
 * each read, and what is out already is passed over. It may end a followed log before the last, unfinished line is in it, so an ended
 * container's log is read once more. Source: Docker Engine API, "Stream format" of attach.
 */
export async function* containerLogs(
  docker: Docker,
  name: string,
  position: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const output: Output = {
    stdout: { offset: position.stdout ?? 0, data: Buffer.alloc(0) },
    stderr: { offset: position.stderr ?? 0, data: Buffer.alloc(0) },
  };
  while (!signal.aborted) {
    const isRunning = await stillRuns(docker, name, signal);
    for await (const which of readLog(docker, name, isRunning, output, signal))
      yield* takeLines(which, output[which], false);
    if (!isRunning) break;
  }
  for (const which of Object.values(STREAMS)) yield* takeLines(which, output[which], true);
}

async function stillRuns(docker: Docker, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { State } = await within(docker.getContainer(name).inspect(), CALL_TIMEOUT_MS, signal);
    return State.Running || State.Status === "created";
  } catch (error) {
    if (signal.aborted || statusOf(error) === 404) return false;
    throw error;
  }
}

/** Adds what is new to `output`; yields the stream that grew. */
async function* readLog(
  docker: Docker,
  name: string,
  follow: boolean,
  output: Output,
  signal: AbortSignal,
): AsyncGenerator<OutputStream> {
  const stream = await openLog(docker, name, follow, signal);
  if (!stream) return;
  const close = () => stream.destroy();
  signal.addEventListener("abort", close, { once: true });
  const seen = { stdout: 0, stderr: 0 };
  try {
    for await (const { which, payload } of frames(stream)) {
      const have = output[which].offset + output[which].data.length;
      const skip = Math.min(payload.length, Math.max(0, have - seen[which]));
      seen[which] += payload.length;
      if (skip === payload.length) continue;
      output[which].data = Buffer.concat([output[which].data, payload.subarray(skip)]);
      yield which;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** Takes the multiplexed stream apart: a header of 8 bytes (stream, size) before each payload. */
async function* frames(stream: AsyncIterable<unknown>): AsyncGenerator<{ which: OutputStream; payload: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(4);
      if (rest.length < end) break;
      const which = STREAMS[rest[0] as keyof typeof STREAMS];
      if (which) yield { which, payload: rest.subarray(HEADER_BYTES, end) };
      rest = rest.subarray(end);
    }
  }
}

type LogStreamHandle = AsyncIterable<unknown> & { destroy(): void };

async function openLog(
  docker: Docker,
  name: string,
  follow: boolean,
  signal: AbortSignal,
): Promise<LogStreamHandle | undefined> {
  const container = docker.getContainer(name);
  const parts = { stdout: true, stderr: true };
  try {
    if (follow) {
      const stream = await within(container.logs({ ...parts, follow: true }), CALL_TIMEOUT_MS, signal);
      return stream as unknown as LogStreamHandle;
    }
    const whole = await within(container.logs({ ...parts, follow: false }), CALL_TIMEOUT_MS, signal);
    return {
      async *[Symbol.asyncIterator]() {
        yield whole;
      },
      destroy: () => undefined,
    };
  } catch (error) {
    if (signal.aborted || statusOf(error) === 404) return undefined;
    throw error;
  }
}
