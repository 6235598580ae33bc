import { LogEnd, LogStream, type LogsResponse } from "@hodei/api/job";
import { useEffect, useState } from "react";
import { jobs } from "../api/clients.ts";
import { type Failure, failureOf } from "../api/failure.ts";
import { follow } from "./follow.ts";
import { gather } from "./gather.ts";

export interface LogLine {
  /** From 0, over all streams, in the order they came. */
  number: number;
  attempt: number;
  stream: LogStream;
  text: string;
}

export interface JobLog {
  lines: readonly LogLine[];
  /** Lines that came before those and were let go. */
  dropped: number;
  isEnded: boolean;
  /** How it ended, once it has. */
  end?: LogEnd;
  failure?: Failure;
}

/** ESC [ … letter. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");
/** Lines that a page keeps; a long log is read with the CLI. */
const MOST_LINES = 20_000;
const EMPTY: JobLog = { lines: [], dropped: 0, isEnded: false };

/** What a job wrote and writes. */
export function useJobLog(jobId: string): JobLog {
  const [log, setLog] = useState<JobLog>(EMPTY);
  useEffect(() => {
    let lines: LogLine[] = [];
    let count = 0;
    let isEnded = false;
    let end = LogEnd.UNSPECIFIED;
    const show = () => setLog({ lines, dropped: count - lines.length, isEnded, end });
    const drawing = gather(show);
    const stop = follow<LogsResponse>({
      name: "log",
      open: async function* (signal) {
        yield* jobs.logs({ jobId, follow: true, tellEnd: true }, { signal });
      },
      onMessage(message, isFirst) {
        // A stream that is opened anew tells everything from the beginning.
        if (isFirst) [lines, count] = [[], 0];
        if (message.end !== LogEnd.UNSPECIFIED) {
          end = message.end;
          return;
        }
        const read = linesOf(message);
        lines = [...lines, ...read.map((line) => ({ ...line, number: count++ }))].slice(-MOST_LINES);
        drawing.soon();
      },
      // The registry ends it well only where the log does.
      isComplete() {
        isEnded = true;
        show();
        return true;
      },
      onHopeless: (error) => setLog({ lines, dropped: count - lines.length, isEnded: true, failure: failureOf(error) }),
    });
    return () => {
      stop();
      drawing.stop();
    };
  }, [jobId]);
  return log;
}

function linesOf({ attempt, stream, text, missingBytes }: LogsResponse): Omit<LogLine, "number">[] {
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => ({ attempt, stream, text: withoutColours(line) }));
  if (missingBytes === 0n) return lines;
  return [{ attempt, stream: LogStream.SYSTEM, text: `${missingBytes} bytes are no longer kept` }, ...lines];
}

/** Terminal colours say nothing here. */
function withoutColours(line: string): string {
  return line.replaceAll(COLOURS, "").replace(/^.*\r(?=.)/, "");
}
