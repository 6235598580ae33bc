import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type LogEnd, LogStreamSchema, type LogsRequest, type LogsResponse, LogsResponseSchema } from "@hodei/api/job";
import type { LogPiece } from "@hodei/bus";
import type { ApiContext } from "../context.ts";
import { enumOf } from "../shared/enums.ts";
import { pause } from "../shared/pause.ts";
import { invalidField } from "../shared/refuse.ts";
import { awaitLogEnd, logEndOf } from "./log-end.ts";
import { findJob } from "./read-jobs.ts";
import { type IsWanted, type LogTail, readTail } from "./read-tail.ts";

const MOST_TAIL_LINES = 100_000;
const END_PATIENCE_MS = 60_000;
const END_AGAIN_MS = 250;

/** See `JobService.Logs`: the last lines where they are asked for, what is stored, what comes, and how it ends. */
export async function* streamLogs(
  context: ApiContext,
  request: LogsRequest,
  caller: AbortSignal,
): AsyncGenerator<LogsResponse> {
  const { jobId, follow, tellEnd } = request;
  await findJob(context.store, jobId);
  const isWanted: IsWanted = ({ attempt, stream }) =>
    (request.attempt ?? attempt) === attempt &&
    (request.streams.length === 0 || request.streams.includes(streamOf(stream)));
  const tail = await tailOf(context, request, isWanted);
  for (const block of tail?.blocks ?? [])
    yield pieceMessage({ ...block, bytes: Buffer.byteLength(block.text), missing: 0 });
  const from = tail ? { fromSequence: tail.nextSequence } : {};
  const signal = AbortSignal.any([caller, context.signal]);
  if (follow) yield* followed(context, { jobId, isWanted, signal, from });
  else if (!tail) yield* stored(context, { jobId, isWanted, signal });
  if (context.signal.aborted) throw new ConnectError("the registry stops; follow the log again", Code.Unavailable);
  if (!tellEnd || caller.aborted) return;
  const end = follow ? await endOfFollowed(context, jobId, signal) : await logEndOf(context, jobId);
  yield create(LogsResponseSchema, { end });
}

interface Reading {
  jobId: string;
  isWanted: IsWanted;
  signal: AbortSignal;
}

async function* stored({ bus }: ApiContext, { jobId, isWanted, signal }: Reading): AsyncGenerator<LogsResponse> {
  for await (const piece of bus.readJobLogs(jobId, { follow: false, signal }))
    if (isWanted(piece)) yield pieceMessage(piece);
}

async function* followed(
  context: ApiContext,
  { jobId, isWanted, signal, from }: Reading & { from: { fromSequence?: number } },
): AsyncGenerator<LogsResponse> {
  using ending = awaitLogEnd(context, jobId, (from.fromSequence ?? 1) - 1);
  const options = { follow: true, withEnds: true, signal: AbortSignal.any([signal, ending.signal]), ...from };
  for await (const piece of context.bus.readJobLogs(jobId, options)) {
    if (!piece.ended && isWanted(piece)) yield pieceMessage(piece);
    ending.note(piece);
  }
}

/** The message server may start again in the very moment in which a log ends; who has followed it until here does not pay for that. */
async function endOfFollowed(context: ApiContext, jobId: string, signal: AbortSignal): Promise<LogEnd> {
  for (const deadline = performance.now() + END_PATIENCE_MS; ; ) {
    try {
      return await logEndOf(context, jobId);
    } catch (error) {
      if (signal.aborted || performance.now() > deadline) {
        context.logger.warn({ err: error, job_id: jobId }, "how a log ends could not be read");
        throw new ConnectError("how the log ends cannot be read now; follow it again", Code.Unavailable);
      }
      await pause(END_AGAIN_MS, signal);
    }
  }
}

async function tailOf(
  { bus }: ApiContext,
  { jobId, tailLines }: LogsRequest,
  isWanted: IsWanted,
): Promise<LogTail | undefined> {
  if (tailLines === undefined) return undefined;
  if (tailLines < 0 || tailLines > MOST_TAIL_LINES)
    throw invalidField("tail_lines", `${tailLines} is not so many; write 0 to ${MOST_TAIL_LINES}`);
  return await readTail(bus, jobId, tailLines, isWanted);
}

function pieceMessage(
  piece: Pick<LogPiece, "attempt" | "stream" | "offset" | "bytes" | "text" | "at" | "missing">,
): LogsResponse {
  return create(LogsResponseSchema, {
    attempt: piece.attempt,
    stream: streamOf(piece.stream),
    offset: BigInt(piece.offset),
    bytes: BigInt(piece.bytes),
    text: piece.text,
    at: timestampFromDate(new Date(piece.at)),
    missingBytes: BigInt(piece.missing),
  });
}

function streamOf(word: string): LogsResponse["stream"] {
  return enumOf(LogStreamSchema, word);
}
