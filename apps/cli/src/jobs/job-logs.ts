import { LOG_STREAMS, type LogStream } from "@hodei/contracts";
import { UsageError } from "../errors.ts";
import { showLogs } from "./show-logs.ts";

interface LogsOptions {
  follow?: boolean;
  attempt?: string;
  stream?: string;
  timestamps?: boolean;
  tail?: string;
  json?: boolean;
}

/** `hodei jobs logs` */
export async function logs(jobId: string, options: LogsOptions): Promise<void> {
  await showLogs(jobId, {
    view: {
      attempt: options.attempt === undefined ? undefined : count("--attempt", options.attempt, 1),
      stream: options.stream === undefined ? undefined : streamOf(options.stream),
      timestamps: options.timestamps,
      json: options.json,
    },
    follow: options.follow === true,
    tail: options.tail === undefined ? undefined : count("--tail", options.tail, 0),
  });
}

function count(flag: string, text: string, least: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new UsageError(`${flag} ${text}: write a whole number from ${least} on`);
  return Number(text);
}

function streamOf(text: string): LogStream {
  const found = LOG_STREAMS.find((stream) => stream === text);
  if (!found) throw new UsageError(`--stream ${text}: write one of ${LOG_STREAMS.join(", ")}`);
  return found;
}
