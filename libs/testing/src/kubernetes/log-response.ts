import type { ServerResponse } from "node:http";
import type { ContainerLog, LogEntry } from "./container-log.ts";

export interface LogRequest {
  follow: boolean;
  timestamps: boolean;
  sinceTime: string | undefined;
  stream: "stdout" | "stderr" | undefined;
  limitBytes: number | undefined;
}

/** Answers with a container's log from its current file on; with `follow` until the container has ended. */
export function answerLog(log: ContainerLog, request: LogRequest, response: ServerResponse): void {
  const { follow, timestamps, stream, limitBytes } = request;
  // metav1.Time has whole seconds.
  const since = request.sinceTime === undefined ? undefined : Math.floor(Date.parse(request.sinceTime) / 1000) * 1000;
  let next = 0;
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();

  const isWanted = (entry: LogEntry) =>
    (stream === undefined || entry.stream === stream) && (since === undefined || Date.parse(entry.time) >= since);
  const flush = () => {
    const { entries, next: after } = log.read(next);
    next = after;
    for (const entry of entries.filter(isWanted)) {
      const line = timestamps ? Buffer.concat([Buffer.from(`${entry.time} `), entry.line]) : entry.line;
      const part = line.subarray(0, left);
      left -= part.length;
      if (part.length > 0) response.write(part);
    }
    if (!follow || log.isClosed || left <= 0) response.end();
  };
  const stop = follow ? log.onChange(flush) : () => undefined;
  response.once("close", stop);
  flush();
}
