import type { Output } from "./output.ts";

/** How a command ended, as a function that speaks our event answers it (docs/providers/lambda.md). */
export interface CommandAnswer {
  exitCode: number;
  timedOut: boolean;
  output: Output;
}

/** @returns undefined when a function answered anything else */
export function readCommandAnswer(payload: string): CommandAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(payload);
    if (typeof answer !== "object" || answer === null || !("hodei" in answer) || answer.hodei !== 1) return undefined;
    const fields = answer as Record<string, unknown>;
    const exitCode = fields["exit_code"];
    if (typeof exitCode !== "number" || !Number.isInteger(exitCode)) return undefined;
    const output = { stdout: streamOf(fields, "stdout"), stderr: streamOf(fields, "stderr") };
    return { exitCode, timedOut: fields["timed_out"] === true, output };
  } catch {
    // No JSON at all: the caller says what was answered.
    return undefined;
  }
}

/** The last part of a stream; what came before it was left out and counts as its offset. */
function streamOf(fields: Record<string, unknown>, stream: string): Output["stdout"] {
  const text = fields[stream];
  const total = fields[`${stream}_bytes`];
  const data = Buffer.from(typeof text === "string" ? text : "", "base64");
  return { offset: typeof total === "number" ? Math.max(0, total - data.length) : 0, data };
}
