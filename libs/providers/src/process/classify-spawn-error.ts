import type { FailureCode } from "@hodei/diagnostics";
import { StartError } from "../provider.ts";

/** What the system says when it starts no process (execve(2), fork(2)); the rest is PROVIDER_ERROR. */
const CODES: Readonly<Record<string, FailureCode>> = {
  EAGAIN: "INSUFFICIENT_RESOURCES",
  ENOMEM: "INSUFFICIENT_RESOURCES",
  EMFILE: "INSUFFICIENT_RESOURCES",
  ENFILE: "INSUFFICIENT_RESOURCES",
  ENOSPC: "INSUFFICIENT_RESOURCES",
};

export function asStartError(cause: unknown): StartError {
  if (cause instanceof StartError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const detail = cause instanceof Error ? cause.message : String(cause);
  // The job's own fault: no process of this machine may have that.
  if (code === "E2BIG")
    return new StartError("COMMAND_NOT_FOUND", "an argument or a variable of the job is too long for this machine", {
      cause,
    });
  return new StartError(CODES[code] ?? "PROVIDER_ERROR", detail, { cause });
}
