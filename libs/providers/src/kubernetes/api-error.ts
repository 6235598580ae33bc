import { type FailureCode, failureCodeOf } from "@hodei/diagnostics";
import { StartError } from "../provider.ts";

/** What the API server answered instead: its own `Status` (meta/v1), or the HTTP status where the body is none. */
export class ApiError extends Error {
  readonly status: number;
  /** `AlreadyExists`, `NotFound`, `Forbidden`, `Expired` … */
  readonly reason: string;
  constructor(status: number, body: { reason?: string; message?: string }, what: string) {
    super(body.message || `${what} was answered with HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.reason = body.reason ?? "";
  }
}

/** The configuration leads nowhere: a kubeconfig that cannot be read, a context that is not in it. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** Worth another try: the server is starting, is overloaded, or the connection broke. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return kubernetesFailureCode(error) === "UNREACHABLE";
}

/** The catalogue code of an error of a call. */
export function kubernetesFailureCode(error: unknown): FailureCode {
  if (error instanceof KubeconfigError) return "CONFIG_INVALID";
  const detail = detailOf(error);
  if (error instanceof ApiError) return codeOfAnswer(error, detail);
  if (
    /UNABLE_TO_VERIFY|SELF_SIGNED|unable to (get|verify)|self-signed|ALTNAME|alert (unknown ca|bad certificate)/i.test(
      detail,
    )
  )
    return "CONFIG_INVALID";
  const meant = failureCodeOf(detail);
  if (meant) return meant;
  const isTime = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  return isTime ? "UNREACHABLE" : "PROVIDER_ERROR";
}

function codeOfAnswer({ status }: ApiError, detail: string): FailureCode {
  // The namespace itself, or what the configuration names in it.
  if (status === 404 && /namespaces? .{1,300} not found|could not find the requested resource/i.test(detail))
    return "CONFIG_INVALID";
  if (status === 429) return "THROTTLED";
  if (status === 401) return "PERMISSION_DENIED";
  if (status === 422 || status === 400) return "CONFIG_INVALID";
  const meant = failureCodeOf(detail);
  if (meant) return meant;
  if (status === 403) return "PERMISSION_DENIED";
  return status >= 502 && status <= 504 ? "UNREACHABLE" : "PROVIDER_ERROR";
}

/** The API's words, with the system's error code where there is one and the cause where that says more. */
export function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? ` (${error.code})` : "";
  return `${error.message}${code}`.trim();
}

export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error;
  return new StartError(kubernetesFailureCode(error), detailOf(error), { cause: error });
}
