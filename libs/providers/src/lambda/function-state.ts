import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { FailureCode } from "@hodei/diagnostics";
import type { Failure } from "../provider.ts";

/** `StateReasonCode` of a function that cannot be made ready; whatever is not here is a fault of its configuration. */
const BY_REASON: readonly (readonly [RegExp, FailureCode])[] = [
  [/Permission|AccessDenied|KMSKeyAccessDenied/, "PERMISSION_DENIED"],
  [/EniLimitExceeded|SubnetOutOfIPAddresses/, "QUOTA_EXCEEDED"],
  [/^InternalError$/, "PROVIDER_ERROR"],
];

/** Whether a function takes invocations. */
export function isActive({ State, LastUpdateStatus }: FunctionConfiguration): boolean {
  // Inactive = idle for weeks: an invocation wakes it. Compatible servers may tell no state at all.
  return (State === undefined || State === "Active" || State === "Inactive") && LastUpdateStatus !== "InProgress";
}

/** Why a function in state Failed is so. */
export function failedState(name: string, { StateReasonCode, StateReason }: FunctionConfiguration): Failure {
  const code = BY_REASON.find(([pattern]) => pattern.test(StateReasonCode ?? ""))?.[1] ?? "CONFIG_INVALID";
  const words = [StateReasonCode, StateReason].filter(Boolean).join(": ") || "AWS says no more";
  return { code, detail: `function ${name} is Failed: ${words}` };
}
