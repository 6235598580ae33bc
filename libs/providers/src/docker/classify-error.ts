import type { FailureCode } from "@hodei/diagnostics";
import { StartError } from "../provider.ts";

/** What the engine's or the socket's own words mean, first match wins. */
const MEANINGS: readonly (readonly [RegExp, FailureCode])[] = [
  [/permission denied while trying to connect|connect (EACCES|EPERM)/i, "PERMISSION_DENIED"],
  [
    /certificate (has expired|is not yet valid)|expired or is not yet valid|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|alert certificate expired/i,
    "CERTIFICATE_EXPIRED",
  ],
  [/alert (bad certificate|certificate required|unknown ca|access denied|handshake failure)/i, "PERMISSION_DENIED"],
  [
    /self.signed certificate|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME_INVALID|wrong version number|HTTP request to an HTTPS server|key values mismatch|bad decrypt|PEM routines/i,
    "CONFIG_INVALID",
  ],
  [
    /executable file not found|no such file or directory.*exec|exec:.*no such file|not a directory: unknown|exec:.*permission denied|exec format error/i,
    "COMMAND_NOT_FOUND",
  ],
  [/no matching manifest for|does not match the (detected|specified) .{0,20}platform/i, "PLATFORM_MISMATCH"],
  [
    /no such image|pull access denied|manifest (for .* )?(unknown|not found)|repository .* not found|invalid reference format|x509.*registry|toomanyrequests/i,
    "IMAGE_PULL",
  ],
  // The engine's own network is gone, or its firewall's rules: no setting of ours mends it, another provider does.
  [/could not find bridge|no such network interface|No chain\/target\/match by that name/i, "PROVIDER_ERROR"],
  [
    /network .+ not found|no such network|unknown runtime|is not supported by this kernel|invalid .*(network mode|container name)/i,
    "CONFIG_INVALID",
  ],
  [
    /no space left|cannot allocate memory|could not select device driver|range of cpus|minimum memory limit/i,
    "INSUFFICIENT_RESOURCES",
  ],
  [
    /ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|socket hang up|no answer within|aborted|disconnected before secure/i,
    "UNREACHABLE",
  ],
  [/permission denied|authorization denied|\b(401|403)\b/i, "PERMISSION_DENIED"],
];

/** The catalogue code of an error of dockerode or of the connection under it. */
export function dockerFailureCode(error: unknown): FailureCode {
  const text = detailOf(error);
  return MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? "PROVIDER_ERROR";
}

/** The engine's words, with the system's error code where there is one. A socket that is closed to us is said as Docker's own client says it. */
export function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const refused = /connect (?:EACCES|EPERM) (\/\S+)/.exec(error.message);
  if (refused)
    return `Got permission denied while trying to connect to the Docker daemon socket at unix://${refused[1]} (${refused[0]})`;
  const code =
    "code" in error &&
    typeof error.code === "string" &&
    !(error instanceof StartError) &&
    !error.message.includes(error.code)
      ? ` (${error.code})`
      : "";
  return `${error.message}${code}`.trim();
}

export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error;
  return new StartError(dockerFailureCode(error), detailOf(error), { cause: error });
}

/** The HTTP status the engine answered with; `undefined` where it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}
