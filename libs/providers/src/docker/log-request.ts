import type { Logger } from "@hodei/telemetry";
import type Docker from "dockerode";
import type { LogChunk } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { statusOf } from "./classify-error.ts";
import { dialEngine } from "./dial-engine.ts";
import type { LogReader } from "./log-reader.ts";

/** A request that brings nothing for so long is made anew: its connection may be dead without a word. */
const SILENCE_MS = 60_000;

export interface LogSource {
  docker: Docker;
  name: string;
  /** Says to the job's log what of the output cannot be had any more. */
  say: (line: string) => void;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * One request for what of a container's log was not read yet: as far as it goes (a page), or followed until the reader has seen `followTo` bytes as
 * the engine counts them. @throws LogGap where it does not go on where the one before ended, unless gaps are taken
 */
export async function* readLogOnce(
  source: LogSource,
  reader: LogReader,
  { followTo, takesGaps }: { followTo: number | undefined; takesGaps: boolean },
): AsyncGenerator<LogChunk> {
  const { signal } = source;
  reader.begin(takesGaps);
  const stream = await openLog(source, reader.since(), followTo !== undefined);
  if (!stream) return;
  let isSilent = false;
  const close = () => stream.destroy();
  const silence = setTimeout(() => {
    isSilent = true;
    close();
  }, SILENCE_MS);
  signal.addEventListener("abort", close, { once: true });
  try {
    for await (const chunk of stream) {
      silence.refresh();
      yield* reader.take(chunk as Buffer);
      if (followTo !== undefined && reader.loggedBytes >= followTo) return;
    }
  } catch (error) {
    if (!signal.aborted && !isSilent) throw error;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", close);
    close();
  }
}

type LogStreamHandle = AsyncIterable<unknown> & { destroy(): void };

async function openLog(
  { docker, name, signal }: LogSource,
  since: string | undefined,
  follow: boolean,
): Promise<LogStreamHandle | undefined> {
  const query = { stdout: true, stderr: true, timestamps: true, follow, ...(since && { since }) };
  const path = `/containers/${encodeURIComponent(name)}/logs`;
  // Not by dockerode's own call: it reads a log that is not followed into memory as a whole.
  const dial = (abortSignal: AbortSignal) =>
    dialEngine<LogStreamHandle>(docker, { method: "GET", path, query, isStream: true, abortSignal });
  try {
    return await askEngine(dial, { signal });
  } catch (error) {
    if (signal.aborted || statusOf(error) === 404) return undefined;
    throw error;
  }
}
