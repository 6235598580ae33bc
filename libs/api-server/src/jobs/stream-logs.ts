import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { LogStreamSchema, type LogsRequest, type LogsResponse, LogsResponseSchema } from "@hodei/api/job";
import { schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import type { ApiContext } from "../context.ts";
import { enumOf } from "../shared/enums.ts";
import { findJob } from "./read-jobs.ts";

const { jobs } = schema;
/** How often a follower looks whether its job has ended. */
const LOOK_MS = 1_000;
/** The end of a long log comes after the end of its job; after so long without it, it does not come. */
const SILENCE_MS = 20_000;
/** A job that wrote nothing has no log to wait for. */
const EMPTY_MS = 2_000;

/** See `JobService.Logs`. */
export async function* streamLogs(
  context: ApiContext,
  request: LogsRequest,
  caller: AbortSignal,
): AsyncGenerator<LogsResponse> {
  const { jobId, follow, attempt, streams } = request;
  await findJob(context.store, jobId);
  const ended = new AbortController();
  const signal = AbortSignal.any([caller, context.signal, ended.signal]);
  const progress = { sequence: 0, attempt: 0, movedAt: performance.now() };
  const looking = follow ? setInterval(() => void look(), LOOK_MS) : undefined;
  try {
    for await (const piece of context.bus.readJobLogs(jobId, { follow, withEnds: true, signal })) {
      progress.sequence = Math.max(progress.sequence, piece.sequence);
      progress.movedAt = performance.now();
      if (piece.ended) {
        progress.attempt = Math.max(progress.attempt, piece.attempt);
        // Most often it was the last one, and its job has ended by then or is about to.
        if (follow) void look();
      }
      const stream = enumOf<LogsResponse["stream"]>(LogStreamSchema, piece.stream);
      const isWanted =
        (attempt ?? piece.attempt) === piece.attempt && (streams.length === 0 || streams.includes(stream));
      if (piece.ended || !isWanted) continue;
      yield create(LogsResponseSchema, {
        attempt: piece.attempt,
        stream,
        offset: BigInt(piece.offset),
        bytes: BigInt(piece.bytes),
        text: piece.text,
        at: timestampFromDate(new Date(piece.at)),
        missingBytes: BigInt(piece.missing),
      });
    }
  } finally {
    clearInterval(looking);
  }
  if (context.signal.aborted) throw new ConnectError("the registry stops; follow the log again", Code.Unavailable);

  async function look(): Promise<void> {
    try {
      if (await isOver()) ended.abort();
    } catch (error) {
      context.logger.warn(
        { err: error, job_id: jobId },
        "whether a job has ended could not be read; it is asked again",
      );
    }
  }

  async function isOver(): Promise<boolean> {
    const columns = { attempt: jobs.attempt, finishedAt: jobs.finishedAt };
    const [job] = await context.store.db.select(columns).from(jobs).where(eq(jobs.id, jobId));
    if (job && !job.finishedAt) return false;
    const last = await context.bus.lastJobLog(jobId);
    const quietMs = performance.now() - progress.movedAt;
    if (!last) return quietMs > EMPTY_MS;
    if (progress.sequence < last.sequence) return false;
    return progress.attempt >= (job?.attempt ?? 0) || last.entry.ended === true || quietMs > SILENCE_MS;
  }
}
