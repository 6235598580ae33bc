import type { LogBlock, LogGap, LogSink } from "@hodei/api-server/log-lines";
import colors from "picocolors";

/** How a log is shown. */
export interface LogView {
  timestamps?: boolean | undefined;
  /** One JSON object a line. */
  json?: boolean | undefined;
}

/**
 * Prints a job's log: its stdout to stdout, its stderr to stderr, and what Hodei says, dimmed, to stderr too.
 * @param isOneOfSeveral whether the job had other attempts: each is named when it begins then
 */
export function makeLogPrinter(jobId: string, view: LogView, isOneOfSeveral = false): LogSink {
  let attempt: number | undefined;

  function head(of: number): void {
    if (of !== attempt && (isOneOfSeveral || of > 1 || attempt !== undefined) && !view.json)
      process.stderr.write(`${colors.dim(`── attempt ${of} ──`)}\n`);
    attempt = of;
  }

  return {
    block(block) {
      head(block.attempt);
      if (view.json) process.stdout.write(asJson(jobId, block));
      else if (block.stream === "stdout") process.stdout.write(stamped(view, block));
      else if (block.stream === "stderr") process.stderr.write(stamped(view, block));
      else process.stderr.write(linesOf(stamped(view, block), (line) => colors.dim(`hodei: ${line}`)));
    },
    gap(gap) {
      head(gap.attempt);
      if (view.json) process.stdout.write(gapAsJson(jobId, gap));
      else process.stderr.write(`${colors.dim(`… ${gap.missing} bytes of ${gap.stream} are no longer kept`)}\n`);
    },
  };
}

function stamped({ timestamps }: LogView, { at, text }: LogBlock): string {
  return timestamps ? linesOf(text, (line) => `${at} ${line}`) : text;
}

function asJson(job_id: string, { attempt, stream, at, text }: LogBlock): string {
  return linesOf(text.endsWith("\n") ? text : `${text}\n`, (line) =>
    JSON.stringify({ job_id, attempt, stream, at, line }),
  );
}

function gapAsJson(job_id: string, { attempt, stream, missing }: LogGap): string {
  return `${JSON.stringify({ job_id, attempt, stream, missing_bytes: missing })}\n`;
}

/** Each line changed, newlines as they were. */
function linesOf(text: string, change: (line: string) => string): string {
  const isWhole = text.endsWith("\n");
  const lines = (isWhole ? text.slice(0, -1) : text).split("\n").map(change).join("\n");
  return isWhole ? `${lines}\n` : lines;
}
