/** Codes of the failure catalogue (design §7). */
export const FAILURE_CODES = [
  "IMAGE_PULL",
  "PLATFORM_MISMATCH",
  "CRASH_LOOP",
  "INSUFFICIENT_RESOURCES",
  "QUOTA_EXCEEDED",
  "PERMISSION_DENIED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_EXPIRING",
  "UNREACHABLE",
  "TIMEOUT_PROVISIONING",
  "TIMEOUT_RUN",
  "OOM_KILLED",
  "THROTTLED",
  "WORKER_LOST",
  "PROVIDER_UNHEALTHY",
  "EXIT_NONZERO",
  "COMMAND_NOT_FOUND",
  "SECRET_UNAVAILABLE",
  "CANCELLED",
  "CONFIG_INVALID",
  "PROVIDER_ERROR",
  "SLOW_ANSWERS",
  "FLAPPING",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export function isFailureCode(code: string): code is FailureCode {
  return (FAILURE_CODES as readonly string[]).includes(code);
}
