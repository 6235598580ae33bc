import { storable } from "@hodei/contracts";
import type { Failure, WorkerExit } from "../provider.ts";
import { type CommandAnswer, readCommandAnswer } from "./command-answer.ts";
import { functionFailure } from "./function-failure.ts";
import { type LogTail, readLogTail } from "./log-tail.ts";
import { type Output, outputOf } from "./output.ts";
import type { WorkerEvent } from "./worker-event.ts";

/** Results beyond this are not kept: they travel in messages and stand in rows. */
const RESULT_BYTES = 256 * 1024;

/** What AWS answered to an invocation. */
export interface Answer {
  functionName: string;
  kind: WorkerEvent["kind"];
  /** `x-amz-function-error`: the function did not end as it should. */
  functionError: string | undefined;
  payload: string;
  logResult: string | undefined;
}

/** What an answer says of its worker. */
export interface WorkerAnswer {
  end: Pick<WorkerExit, "exitCode" | "failure" | "result">;
  output: Output;
  tail: LogTail;
  /** What the job's log should say beside the output. */
  remarks: string[];
}

/** Reads an answer; whatever a function may answer, it never throws. Pure. */
export function readAnswer(answer: Answer): WorkerAnswer {
  const tail = readLogTail(answer.logResult);
  const ofTail = outputOf(Buffer.from(tail.text));
  const remarks = tail.text
    ? [`the log above is its last 4 KB at most; all of it: aws logs tail /aws/lambda/${logName(answer)}`]
    : [];
  if (answer.functionError !== undefined)
    return { end: { failure: functionFailure(answer.payload, tail) }, output: ofTail, tail, remarks };
  if (answer.kind === "payload") return { ...payloadEnd(answer.payload, remarks), output: ofTail, tail };
  const ended = readCommandAnswer(answer.payload);
  if (!ended) return { end: { failure: speaksAnother(answer) }, output: ofTail, tail, remarks };
  return { end: commandEnd(ended, tail), output: ended.output, tail, remarks: cutRemarks(ended, answer) };
}

function payloadEnd(payload: string, remarks: string[]): Pick<WorkerAnswer, "end" | "remarks"> {
  const bytes = Buffer.byteLength(payload);
  if (bytes <= RESULT_BYTES) return { end: { exitCode: 0, result: resultOf(payload) }, remarks };
  const lost = `the function answered ${bytes} bytes, which is not kept: a result has ${RESULT_BYTES} at most; have it write the rest to a store`;
  return { end: { exitCode: 0 }, remarks: [...remarks, lost] };
}

/** JSON as PostgreSQL can hold it; a custom runtime may answer any text. */
function resultOf(payload: string): unknown {
  try {
    return storable(JSON.parse(payload) as Parameters<typeof storable>[0]);
  } catch {
    return storable(payload);
  }
}

/** 126 and 127 are the words of a shell for a program that cannot be executed or found; 137 is SIGKILL, which at full memory is the kernel's. */
function commandEnd({ exitCode, timedOut }: CommandAnswer, { report }: LogTail): WorkerAnswer["end"] {
  const failure = ((): Failure | undefined => {
    if (exitCode === 0) return undefined;
    if (timedOut) return { code: "TIMEOUT_RUN", detail: "the worker ended it when its timeout was over" };
    if (exitCode === 127)
      return { code: "COMMAND_NOT_FOUND", detail: "exit code 127: a command was not found in the function" };
    if (exitCode === 126) return { code: "COMMAND_NOT_FOUND", detail: "exit code 126: the command cannot be executed" };
    if (exitCode === 137 && report && report.memoryMb > 0 && report.usedMb >= report.memoryMb)
      return { code: "OOM_KILLED", detail: `it was killed when it had used all ${report.memoryMb} MB of the function` };
    return undefined;
  })();
  return { exitCode, ...(failure && { failure }) };
}

function cutRemarks({ output }: CommandAnswer, answer: Answer): string[] {
  return Object.entries(output).flatMap(([stream, { offset }]) =>
    offset === 0
      ? []
      : [
          `the first ${offset} bytes of ${stream} are left out here; all of it: aws logs tail /aws/lambda/${logName(answer)}`,
        ],
  );
}

function speaksAnother({ functionName, payload }: Answer): Failure {
  return {
    code: "CONFIG_INVALID",
    detail: `function ${functionName} got a command and answered ${payload.slice(0, 200)}, without an exit_code: it does not run commands; leave function_name out, or give the job no command`,
  };
}

/** A function's log group is named after it, without version, alias or ARN around. */
function logName({ functionName }: Answer): string {
  return functionName.replace(/^.*:function:/, "").replace(/:.*$/, "");
}
