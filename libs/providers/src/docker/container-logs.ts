import { pause } from "@hodei/runtime";
import type { LogChunk, LogPosition } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { detailOf, statusOf } from "./classify-error.ts";
import { LogGap, type LogReader, makeLogReader } from "./log-reader.ts";
import { type LogSource, readLogOnce } from "./log-request.ts";

const PAGE_PAUSE_MS = 200;
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** Around the end of a log file, in parts of its size, the log is not followed but read in pages. */
const CAREFUL_FROM = 0.85;
const CAREFUL_TO = 1.1;
/** A gap is one when it is seen so often: an engine that begins a new file at that moment may answer without it. */
const GAP_LOOKS = 4;

/** The size at which the engine begins a new file of a log, and how many files it keeps. */
export interface LogFiles {
  fileBytes: number;
  files: number;
}

/**
 * A container's output in the order the engine has it, whole lines; ends with the container. Bounded in memory and on the engine's disk.
 *
 * The engine keeps the log in a few files and drops the oldest when the newest is full. An engine that follows a log passes over what it had not read
 * when two files went by (20.10 does so without a word). So a log is followed only while its newest file is certainly not full; around that it
 * is read in pages, each beginning with the last entry of the one before. That entry is the proof that nothing is missing; where it is gone, output
 * was dropped before we could read it, and the job's log says so.
 */
export async function* containerLogs(
  source: LogSource,
  position: LogPosition,
  files: LogFiles,
): AsyncGenerator<LogChunk> {
  const { signal } = source;
  const reader = makeLogReader(position);
  const place: Place = { isPassing: reader.unskipped > 0, fileBegan: 0, gaps: 0, isFirst: true };
  let isDone = false;
  for (let failures = 0; !isDone && !signal.aborted; ) {
    try {
      isDone = yield* readFurther(source, reader, files, place);
      failures = 0;
    } catch (error) {
      if (failures === 0 && !signal.aborted)
        source.logger.warn({ reason: detailOf(error), worker: source.name }, "a log cannot be read; trying again");
      failures += 1;
      await pause(Math.min(LONGEST_RETRY_MS, RETRY_MS * failures), signal);
    }
  }
  yield* reader.end();
}

interface Place {
  isFirst: boolean;
  /** What an earlier follower read has to come by once more before anything is new. */
  isPassing: boolean;
  /** What the reader's count was when the newest file began. */
  fileBegan: number;
  /** How often in a row the log did not go on where it ended. */
  gaps: number;
}

/** Reads what there is, or follows for as long as that is safe; true = the container has ended and all was read. */
async function* readFurther(
  source: LogSource,
  reader: LogReader,
  { fileBytes, files }: LogFiles,
  place: Place,
): AsyncGenerator<LogChunk, boolean> {
  // A worker is read from the moment it runs: the first question would only be in the way of others' starts.
  const state = place.isFirst ? "runs" : await readState(source);
  place.isFirst = false;
  if (state === "gone") return true;
  if (reader.loggedBytes - place.fileBegan >= fileBytes * CAREFUL_TO) place.fileBegan += fileBytes;
  const isCareful =
    state === "ended" || place.isPassing || reader.loggedBytes - place.fileBegan >= fileBytes * CAREFUL_FROM;
  const before = reader.entries;
  const takesGaps = place.gaps >= GAP_LOOKS;
  const followTo = isCareful ? undefined : place.fileBegan + fileBytes * CAREFUL_FROM;
  try {
    yield* readLogOnce(source, reader, { followTo, takesGaps });
    if (takesGaps) source.say("output is missing here: the engine dropped it before it could be read (log_limit)");
    place.gaps = 0;
  } catch (error) {
    if (!(error instanceof LogGap)) throw error;
    place.gaps += 1;
    await pause(PAGE_PAUSE_MS, source.signal);
    return false;
  }
  if (place.isPassing) settlePassed(reader, fileBytes * (files - 1) * CAREFUL_FROM, source.say);
  place.isPassing = false;
  if (state === "ended") return true;
  if (isCareful && reader.entries === before) await pause(PAGE_PAUSE_MS, source.signal);
  return false;
}

/**
 * What an earlier follower read is known in bytes from the log's start. Where a file may have been dropped since, that start is gone: then it is
 * said, and the rest is taken as new.
 */
function settlePassed(reader: LogReader, certainBytes: number, say: LogSource["say"]): void {
  if (reader.loggedBytes < certainBytes) return;
  say(
    "output may be missing here: the engine keeps only the last of it (log_limit), and nobody was reading for a while",
  );
  reader.stopSkipping();
}

async function readState({ docker, name, signal }: LogSource): Promise<"runs" | "ended" | "gone"> {
  try {
    const { State } = await askEngine((abortSignal) => docker.getContainer(name).inspect({ abortSignal }), { signal });
    return State.Running || State.Status === "created" ? "runs" : "ended";
  } catch (error) {
    if (statusOf(error) === 404) return "gone";
    throw error;
  }
}
