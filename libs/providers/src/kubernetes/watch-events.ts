import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error.ts";

export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: T;
}

const NEWLINE = 0x0a;

/** A watch's lines as they come. @throws ApiError for an `ERROR` line (410: the version has expired) */
export async function* watchEvents<T>(response: IncomingMessage): AsyncGenerator<WatchEvent<T>> {
  let parts: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      const line = Buffer.concat([...parts, chunk.subarray(begin, end)]).toString("utf8");
      parts = [];
      begin = end + 1;
      if (line.trim()) yield parse<T>(line);
    }
    if (begin < chunk.length) parts.push(chunk.subarray(begin));
  }
}

function parse<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as
    | WatchEvent<T>
    | { type: "ERROR"; object: { code?: number; reason?: string; message?: string } };
  if (event.type !== "ERROR") return event;
  throw new ApiError(event.object.code ?? 500, event.object, "a watch");
}
