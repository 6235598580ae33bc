import type { FailureCode } from "@hodei/diagnostics";
import { StartError } from "../provider.ts";

/** What the engine's or the socket's own words mean, first match wins. */
const MEANINGS: readonly (readonly [RegExp, FailureCode])[] = [
  [/permission denied.*(socket|docker)|EACCES|EPERM/i, "PERMISSION_DENIED"],
  [/certificate (has expired|is not yet valid)|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/i, "CERTIFICATE_EXPIRED"],
  [
    /executable file not found|no such file or directory.*exec|exec:.*no such file|not a directory: unknown|exec:.*permission denied/i,
    "COMMAND_NOT_FOUND",
  ],
  [
    /no such image|pull access denied|manifest (for .* )?(unknown|not found)|repository .* not found|invalid reference format|x509.*registry|toomanyrequests/i,
    "IMAGE_PULL",
  ],
  [/no space left|cannot allocate memory|could not select device driver|range of cpus/i, "INSUFFICIENT_RESOURCES"],
  [
    /ECONNREFUSED|ENOENT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|socket hang up|no answer within|aborted/i,
    "UNREACHABLE",
  ],
];

/** The catalogue code of an error of dockerode or of the connection under it. */
export function dockerFailureCode(error: unknown): FailureCode {
  const text = detailOf(error);
  return MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? "PROVIDER_ERROR";
}

/** The engine's words, with the system's error code where there is one. */
export function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? ` (${error.code})` : "";
  return `${error.message}${code}`.trim();
}

export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error;
  return new StartError(dockerFailureCode(error), detailOf(error), { cause: error });
}

/** The HTTP status the engine answered with. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}
