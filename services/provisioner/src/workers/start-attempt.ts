import { type FailureCode, isFailureCode } from "@hodei/diagnostics";
import { StartError } from "@hodei/providers";
import { BreakerOpenError } from "@hodei/runtime";
import type { HeldWorker } from "./held-worker.ts";
import { SecretError } from "./resolve-secrets.ts";

/** What a worker finds in its environment: its job's own, resolved secrets, and who it is. */
export function environmentOf({ claim, context }: HeldWorker, secrets: Record<string, string>): Record<string, string> {
  return {
    ...claim.job.env,
    ...secrets,
    HODEI_JOB_ID: claim.jobId,
    HODEI_ATTEMPT: String(claim.attempt),
    HODEI_PROVIDER: claim.providerName,
    ...(context !== null && { TRACEPARENT: context }),
  };
}

/** The catalogue code of a failed start. */
export function failureCodeOf(error: unknown): FailureCode {
  if (error instanceof SecretError) return "SECRET_UNAVAILABLE";
  if (error instanceof BreakerOpenError) return "UNREACHABLE";
  if (error instanceof StartError) return error.code;
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && isFailureCode(code) ? code : "PROVIDER_ERROR";
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2000);
}
