import { makeBackoff } from "@hodei/runtime";
import type { LogChunk, LogPosition } from "../provider.ts";
import { type PendingOutput, takeLines } from "../take-lines.ts";
import type { ApiClient, Query } from "./api-client.ts";
import { ApiError, isStatus } from "./api-error.ts";
import { type ClusterPaths, VERSION } from "./cluster-paths.ts";
import { WORKER_CONTAINER } from "./job-manifest.ts";
import { type LogMark, makeLineReader, newMark, sinceTimeOf } from "./log-lines.ts";
import { mergeStreams } from "./merge-streams.ts";
import { type CallLimit, openLimit } from "./open-limit.ts";
import type { WorkerCache, WorkerView } from "./worker-cache.ts";
import { hasEnded, hasRun } from "./worker-end.ts";
import type { WorkerObjects } from "./worker-objects.ts";

/** The first version whose servers may tell stdout from stderr; an older one passes over the question and answers with both. */
const SPLITTING_MINOR = 32;
/** A log that is silent for longer is opened anew where it was: the connection may be dead. */
const SILENCE_MS = 300_000;
/** What a container wrote last is on its way when its end is seen; a stream that goes on for longer hangs. */
const LAST_WORDS_MS = 5_000;
const TRIES_AFTER_END = 5;

export interface LogParts {
  api: ApiClient;
  paths: ClusterPaths;
  objects: WorkerObjects;
  cache: WorkerCache;
}

type Stream = "stdout" | "stderr";
type Streams = readonly { stream: Stream; query: Query }[];

const SPLIT: Streams = [
  { stream: "stdout", query: { stream: "Stdout" } },
  { stream: "stderr", query: { stream: "Stderr" } },
];
const MERGED: Streams = [{ stream: "stdout", query: {} }];

/** Reads workers' output. Where the cluster cannot tell its streams apart, all of it is stdout. */
export function makePodLogs(
  parts: LogParts,
): (name: string, position: LogPosition, signal: AbortSignal) => AsyncGenerator<LogChunk> {
  const { api, paths } = parts;
  let known: Promise<Streams> | undefined;

  async function streams(pod: string, signal: AbortSignal): Promise<Streams> {
    known ??= findStreams(api, `${paths.pods}/${pod}/log`, signal);
    // One that could not be asked is asked again by the next.
    known.catch(() => {
      known = undefined;
    });
    return await known;
  }

  return async function* logs(name, position, signal) {
    const view = await readableView(parts, name, signal);
    if (!view?.pod) return;
    const pod = view.pod.name;
    let wanted: Streams;
    try {
      wanted = await streams(pod, signal);
    } catch (error) {
      if (signal.aborted || isStatus(error, 404)) return;
      wanted = MERGED;
    }
    yield* mergeStreams(wanted.map(({ stream, query }) => follow(parts, { name, stream, query, position, signal })));
  };
}

async function findStreams(api: ApiClient, path: string, signal: AbortSignal): Promise<Streams> {
  const { major, minor } = await api.call<{ major?: string; minor?: string }>(VERSION, { signal });
  if (major === "1" && Number.parseInt(minor ?? "0", 10) < SPLITTING_MINOR) return MERGED;
  try {
    const response = await api.open(path, { container: WORKER_CONTAINER, stream: "Stdout", limitBytes: 1 }, signal);
    response.destroy();
    return SPLIT;
  } catch (error) {
    // The feature gate PodLogsQuerySplitStreams is off there.
    if (error instanceof ApiError && (error.status === 422 || error.status === 400) && /stream/i.test(error.message))
      return MERGED;
    throw error;
  }
}

/** The worker once its container has begun; undefined when there is none, or none that ever began. */
async function readableView(
  { objects, cache }: LogParts,
  name: string,
  signal: AbortSignal,
): Promise<WorkerView | undefined> {
  while (!signal.aborted) {
    const cached = cache.get(name);
    const view = cached?.pod ? cached : await objects.find(name, signal);
    if (!view?.job) return undefined;
    if (view.pod && hasRun(view.pod)) return view;
    if (hasEnded(view) || view.pod?.deletedAt) return undefined;
    using limit = openLimit(1_000, signal);
    await cache.changed(name, limit.signal);
  }
  return undefined;
}

interface Following {
  name: string;
  stream: Stream;
  query: Query;
  position: LogPosition;
  signal: AbortSignal;
}

async function* follow(parts: LogParts, following: Following): AsyncGenerator<LogChunk> {
  const { name, stream, position, signal } = following;
  const begin = position[stream] ?? 0;
  const output: PendingOutput = { offset: begin, data: Buffer.alloc(0) };
  const mark = newMark(begin);
  const backoff = makeBackoff(100, 5_000);
  for (let tries = TRIES_AFTER_END; tries > 0; ) {
    const view = await readableView(parts, name, signal);
    if (!view?.pod) break;
    const isLast = hasEnded(view);
    const outcome = yield* readOnce(parts, following, { pod: view.pod.name, isLast, mark, output });
    if (outcome === "gone" || (outcome === "read" && isLast)) break;
    if (outcome === "read") backoff.reset();
    else if (isLast) tries -= 1;
    if (tries === 0 && outcome instanceof Error) throw outcome;
    // A log that ends is the end of its container, or of a connection: whichever, the next look knows.
    using limit = openLimit(backoff.next(), signal);
    await parts.cache.changed(name, limit.signal);
  }
  yield* takeLines(stream, output, true);
}

/** @returns "gone" when there is no such pod any more or nobody reads; an error that may pass */
async function* readOnce(
  parts: LogParts,
  { name, stream, query, signal }: Following,
  { pod, isLast, mark, output }: { pod: string; isLast: boolean; mark: LogMark; output: PendingOutput },
): AsyncGenerator<LogChunk, "read" | "gone" | Error> {
  const path = `${parts.paths.pods}/${pod}/log`;
  try {
    for await (const content of readLog(parts, { name, path, query, follow: !isLast, mark, signal })) {
      output.data = output.data.length === 0 ? content : Buffer.concat([output.data, content]);
      yield* takeLines(stream, output, false);
    }
    return "read";
  } catch (error) {
    if (signal.aborted || isStatus(error, 404)) return "gone";
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface Reading {
  name: string;
  path: string;
  query: Query;
  follow: boolean;
  mark: LogMark;
  signal: AbortSignal;
}

/** Content that is new, a batch of lines at a time. */
async function* readLog(
  { api, cache }: LogParts,
  { name, path, query, follow, mark, signal }: Reading,
): AsyncGenerator<Buffer> {
  using limit = openLimit(undefined, signal);
  const sinceTime = sinceTimeOf(mark);
  const asked = { ...query, container: WORKER_CONTAINER, follow, timestamps: true, sinceTime };
  const response = await api.open(path, asked, limit.signal);
  response.setTimeout(SILENCE_MS, () => response.destroy());
  if (follow) void endSoonAfter(name, cache, limit);
  const reader = makeLineReader(mark);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield Buffer.concat([...reader.push(chunk)]);
    if (!follow) yield Buffer.concat([...reader.end()]);
  } catch (error) {
    // Silence or the end of the worker closed it: the next read goes on at the mark.
    if (signal.aborted || !follow) throw error;
  } finally {
    limit.abort(new Error("read to its end"));
    response.destroy();
  }
}

async function endSoonAfter(name: string, cache: WorkerCache, limit: CallLimit): Promise<void> {
  for (let view = cache.get(name); view && !hasEnded(view) && !limit.signal.aborted; view = cache.get(name))
    await cache.changed(name, limit.signal);
  if (limit.signal.aborted) return;
  const timer = setTimeout(() => limit.abort(new Error("the worker has ended")), LAST_WORDS_MS);
  limit.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
