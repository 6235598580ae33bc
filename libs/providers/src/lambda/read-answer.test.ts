import { expect, test } from "vitest";
import { formatReport, readLogTail } from "./log-tail.ts";
import { readOutput } from "./output.ts";
import { readAnswer } from "./read-answer.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const REPORT =
  "REPORT RequestId: r-1\tDuration: 102.51 ms\tBilled Duration: 103 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tInit Duration: 80.00 ms\t\n";
const LOG = `START RequestId: r-1 Version: $LATEST\nhello\nEND RequestId: r-1\n${REPORT}`;

function read(payload: string, more: { functionError?: string; kind?: "command" | "payload"; log?: string } = {}) {
  return readAnswer({
    functionName: "arn:aws:lambda:us-east-1:123456789012:function:mine:live",
    kind: more.kind ?? "payload",
    functionError: more.functionError,
    payload,
    logResult: base64(more.log ?? LOG),
  });
}

test("what a function returns is the job's result, and what it wrote is the job's log", () => {
  const { end, output, tail, remarks } = read('{"sum": 3}');
  expect(end).toEqual({ exitCode: 0, result: { sum: 3 } });
  expect([...readOutput(output, {})].map(({ stream, text }) => [stream, text])).toEqual([["stdout", "hello\n"]]);
  expect(formatReport("r-1", tail.report)).toBe("AWS request r-1 took 102.51 ms, billed 103 ms, used 128 of 128 MB");
  expect(remarks).toEqual(["the log above is its last 4 KB at most; all of it: aws logs tail /aws/lambda/mine"]);
});

test("a log in JSON is read as well, and a line of the function that looks like it stays", () => {
  const platform = (type: string, record: object) => JSON.stringify({ time: "2026-01-01T00:00:00Z", type, record });
  const metrics = { durationMs: 5.2, billedDurationMs: 6, memorySizeMB: 256, maxMemoryUsedMB: 60 };
  const log = [
    platform("platform.start", { requestId: "r-1" }),
    '{"level":"INFO","message":"mine"}',
    '{"broken "platform.',
    platform("platform.report", { metrics }),
  ].join("\n");
  expect(readLogTail(base64(log))).toEqual({
    text: '{"level":"INFO","message":"mine"}\n{"broken "platform.',
    initFailed: false,
    report: { durationMs: 5.2, billedMs: 6, memoryMb: 256, usedMb: 60 },
  });
});

test.each([
  ["Sandbox.Timedout", "Task timed out after 3.00 seconds", "TIMEOUT_RUN"],
  [undefined, "2026-01-01T00:00:00Z r-1 Task timed out after 3.00 seconds", "TIMEOUT_RUN"],
  ["Runtime.ExitError", "RequestId: r-1 Error: Runtime exited with error: signal: killed", "OOM_KILLED"],
  ["Runtime.OutOfMemory", "RequestId: r-1 Process exited before completing request", "OOM_KILLED"],
  ["Runtime.ImportModuleError", "Error: Cannot find module 'index'", "CRASH_LOOP"],
  ["Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: no such file or directory", "CRASH_LOOP"],
  ["Extension.Crash", "RequestId: r-1 Error: exit code 1", "CRASH_LOOP"],
  ["Runtime.ExitError", "RequestId: r-1 Error: Runtime exited with error: exit status 1", "EXIT_NONZERO"],
  ["ValueError", "Task timed out after 3.00 seconds, says the function itself", "EXIT_NONZERO"],
  ["TypeError", "x is not a function", "EXIT_NONZERO"],
])("a function that ends with %s (%s) is %s", (errorType, errorMessage, code) => {
  const { end } = read(JSON.stringify({ errorType, errorMessage }), { functionError: "Unhandled" });
  expect(end).toMatchObject({ failure: { code, detail: expect.stringContaining(errorMessage) } });
  expect(end.exitCode).toBeUndefined();
});

test("a function whose start failed, by its log, is a crash loop", () => {
  const log = `INIT_REPORT Init Duration: 9.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n${LOG}`;
  const payload = JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: "exit status 1" });
  expect(read(payload, { functionError: "Unhandled", log }).end).toMatchObject({ failure: { code: "CRASH_LOOP" } });
});

test("a command's answer is its exit code and the last part of what it wrote", () => {
  const payload = JSON.stringify({
    hodei: 1,
    exit_code: 3,
    timed_out: false,
    stdout: base64("end\n"),
    stdout_bytes: 1004,
    stderr: base64("oops"),
    stderr_bytes: 4,
  });
  const { end, output, remarks } = read(payload, { kind: "command" });
  expect(end).toEqual({ exitCode: 3 });
  expect([...readOutput(output, {})]).toEqual([
    { stream: "stdout", offset: 1000, bytes: 4, text: "end\n" },
    { stream: "stderr", offset: 0, bytes: 4, text: "oops" },
  ]);
  expect([...readOutput(output, { stdout: 1004, stderr: 2 })].map(({ text }) => text)).toEqual(["ps"]);
  expect(remarks).toEqual([
    "the first 1000 bytes of stdout are left out here; all of it: aws logs tail /aws/lambda/mine",
  ]);
});

test.each([
  [{ exit_code: 143, timed_out: true }, "TIMEOUT_RUN"],
  [{ exit_code: 127 }, "COMMAND_NOT_FOUND"],
  [{ exit_code: 126 }, "COMMAND_NOT_FOUND"],
  [{ exit_code: 137 }, "OOM_KILLED"],
])("a command that ended with %j is %s", (answer, code) => {
  const { end } = read(JSON.stringify({ hodei: 1, ...answer }), { kind: "command" });
  expect(end).toMatchObject({ exitCode: answer.exit_code, failure: { code } });
});

test("a command that succeeded at its last moment has succeeded, and one that was killed with memory to spare was not out of it", () => {
  const late = read(JSON.stringify({ hodei: 1, exit_code: 0, timed_out: true }), { kind: "command" });
  expect(late.end).toEqual({ exitCode: 0 });
  const log = REPORT.replace("Max Memory Used: 128", "Max Memory Used: 60");
  expect(read('{"hodei":1,"exit_code":137}', { kind: "command", log }).end).toEqual({ exitCode: 137 });
});

test.each(["null", '"text"', "{}", '{"exit_code": 0}', '{"hodei": 1, "exit_code": "0"}', "no JSON"])(
  "a function that answers a command with %s does not run commands, and is told apart",
  (payload) => {
    expect(read(payload, { kind: "command" }).end).toMatchObject({
      failure: { code: "CONFIG_INVALID", detail: expect.stringContaining("leave function_name out") },
    });
  },
);

test("a result is what a row can hold: no NUL, no half character, and not without end", () => {
  expect(read('{"a\\u0000": ["\\ud800", "\\u0000"]}').end.result).toEqual({ "a\ufffd": ["\ufffd", "\ufffd"] });
  expect(read("no JSON").end.result).toBe("no JSON");
  const { end, remarks } = read(JSON.stringify("x".repeat(300_000)));
  expect(end).toEqual({ exitCode: 0 });
  expect(remarks.at(-1)).toContain("the function answered 300002 bytes, which is not kept");
});
