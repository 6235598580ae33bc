import type { FailureCode } from "@hodei/diagnostics";
import type { Failure } from "../provider.ts";
import type { LogTail } from "./log-tail.ts";

/** What Lambda's own error types mean: they end a function that did not end by itself. */
const BY_TYPE: readonly (readonly [RegExp, FailureCode])[] = [
  [/^Sandbox\.Timedout$/, "TIMEOUT_RUN"],
  [/^Runtime\.OutOfMemory$/, "OOM_KILLED"],
  [
    /^(Runtime\.(ImportModuleError|HandlerNotFound|UserCodeSyntaxError|MalformedHandlerName|InvalidEntrypoint|InvalidWorkingDir|NoSuchHandler)|Extension\.\w+|Init\.\w+)$/,
    "CRASH_LOOP",
  ],
];

/** Why a function did not end as it should: `{"errorType":…,"errorMessage":…}` of `x-amz-function-error`. Pure. */
export function functionFailure(payload: string, { initFailed }: LogTail): Failure {
  const { type, message } = errorOf(payload);
  const detail =
    [type, message].filter(Boolean).join(": ").replaceAll("\0", "").slice(0, 1000) || "the function gave no reason";
  return { code: codeOf(type, message, initFailed), detail };
}

function codeOf(type: string, message: string, initFailed: boolean): FailureCode {
  const known = BY_TYPE.find(([pattern]) => pattern.test(type))?.[1];
  if (known) return known;
  if (initFailed) return "CRASH_LOOP";
  // Before there were types, Lambda said it in the message alone.
  if (type === "" && /Task timed out after [\d.]+ seconds/.test(message)) return "TIMEOUT_RUN";
  if ((type === "Runtime.ExitError" || type === "") && /signal: killed/.test(message)) return "OOM_KILLED";
  return "EXIT_NONZERO";
}

function errorOf(payload: string): { type: string; message: string } {
  try {
    const error: unknown = JSON.parse(payload);
    if (typeof error !== "object" || error === null) return { type: "", message: String(error) };
    const text = (key: string) => {
      const value = (error as Record<string, unknown>)[key];
      return typeof value === "string" ? value : "";
    };
    return { type: text("errorType"), message: text("errorMessage") };
  } catch {
    // No JSON: the function's own words as they are.
    return { type: "", message: payload };
  }
}
