import type { FailureCode } from "./failure-codes.ts";

/** Vendors write the reason first; what stands further on is stack and repetition. */
const READ_CHARACTERS = 4_000;

/**
 * What the vendors' words mean; the first match wins, so the particular stands before the general: Kubernetes calls a used-up quota
 * "forbidden", a pull that failed by an expired certificate is a pull, and a registry's rate limit is none of the provider's.
 */
const MEANINGS: readonly (readonly [RegExp, FailureCode])[] = [
  [/no matching manifest for|does not match the (detected|specified) .{0,20}platform/i, "PLATFORM_MISMATCH"],
  [
    /ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|pull access denied|manifest (for .{1,300} )?(unknown|not found)|no such image|repository .{1,300} not found|invalid reference format|failed to pull|toomanyrequests:/i,
    "IMAGE_PULL",
  ],
  [
    /exceeded quota|quota ?exceeded|LimitExceededException|CodeStorageExceeded|(ENI|IPAddress)LimitReached/i,
    "QUOTA_EXCEEDED",
  ],
  [/OOMKilled|oom-kill|Runtime\.OutOfMemory|runtime exited with error: signal: killed/i, "OOM_KILLED"],
  [
    /CrashLoopBackOff|back-off restarting failed|Runtime\.(ImportModuleError|InvalidEntrypoint|HandlerNotFound|UserCodeSyntaxError)/i,
    "CRASH_LOOP",
  ],
  [
    /certificate has expired|certificate is not yet valid|expired or is not yet valid|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/i,
    "CERTIFICATE_EXPIRED",
  ],
  [/executable file not found|exec:.{1,300}(no such file|permission denied)|exec format error/i, "COMMAND_NOT_FOUND"],
  [
    /insufficient (cpu|memory|gpu|ephemeral-storage|pods|nvidia\.com)|resource[ _]?exhausted|OutOf(cpu|memory|pods)\b|no space left on device|cannot allocate memory|could not select device driver|node was low on resource/i,
    "INSUFFICIENT_RESOURCES",
  ],
  [/too ?many ?requests|throttl(ed|ing)|rate exceeded|status code 429/i, "THROTTLED"],
  [/task timed out after|active longer than specified deadline|activeDeadlineSeconds/i, "TIMEOUT_RUN"],
  [/NodeLost|no such container|node .{1,300} is gone/i, "WORKER_LOST"],
  [
    /permission denied|access ?denied|is forbidden|\bcannot (create|get|list|watch|delete|patch) (resource|pods|jobs)|not authorized|unauthorized|cannot be assumed by Lambda|InvalidSignature|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|\bEACCES\b|\bEPERM\b/i,
    "PERMISSION_DENIED",
  ],
  [
    /(connection|connect|health check|i\/o|TLS handshake) (timeout|timed out)|deadline ?exceeded|connection (refused|reset)|cannot connect to the docker daemon|unable to connect to the server|no route to host|no such host|socket hang up|\b(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)\b/i,
    "UNREACHABLE",
  ],
];

/**
 * The catalogue code of what a vendor said (Docker, Kubernetes, AWS, or the connection under them), case-insensitive.
 * @returns undefined where the words mean nothing here; the caller knows best whether that is PROVIDER_ERROR
 */
export function failureCodeOf(text: string): FailureCode | undefined {
  const start = text.slice(0, READ_CHARACTERS);
  return MEANINGS.find(([pattern]) => pattern.test(start))?.[1];
}
