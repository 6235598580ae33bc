import type { LogEnd, LogsResponse } from "@hodei/api/job";
import { LogStream } from "@hodei/api/job";
import { makeLogLines } from "@hodei/api-server/log-lines";
import { LOG_STREAMS } from "@hodei/contracts/log-streams";
import { outputHasRoom } from "../print.ts";
import { timeOf } from "./job-fields.ts";
import { type LogView, makeLogPrinter } from "./log-printer.ts";

/** Prints a log as it comes, whole lines only. @returns how it ends, as the API told with the last message */
export async function printLog(
  messages: AsyncIterable<LogsResponse>,
  { jobId, view, isOneOfSeveral = false, onOutput }: PrintLogOptions,
): Promise<LogEnd | undefined> {
  const lines = makeLogLines(makeLogPrinter(jobId, view, isOneOfSeveral));
  let end: LogEnd | undefined;
  for await (const message of messages) {
    end = message.end || end;
    const stream = LOG_STREAMS.find((word) => word.toUpperCase() === LogStream[message.stream]);
    if (!stream) continue;
    onOutput?.();
    lines.take({
      attempt: message.attempt,
      stream,
      at: timeOf(message.at) ?? "",
      text: message.text,
      offset: Number(message.offset),
      missing: Number(message.missingBytes),
    });
    await outputHasRoom();
  }
  lines.flush();
  return end;
}

interface PrintLogOptions {
  jobId: string;
  view: LogView;
  isOneOfSeveral?: boolean;
  /** Called before something is printed. */
  onOutput?: () => void;
}
