import { type FailureCode, failureCodeOf } from "@hodei/diagnostics";
import { type Failure, StartError } from "../provider.ts";

/** What an error of AWS means, by its name; `says` adds to AWS's own words what they do not say. */
const BY_NAME: Readonly<Record<string, { code: FailureCode; says?: string }>> = {
  TooManyRequestsException: { code: "THROTTLED" },
  ThrottlingException: { code: "THROTTLED" },
  Throttling: { code: "THROTTLED" },
  RequestLimitExceeded: { code: "THROTTLED" },
  EC2ThrottledException: {
    code: "THROTTLED",
    says: "Lambda was throttled by EC2 while it made the network of the function",
  },
  SnapStartNotReadyException: { code: "THROTTLED", says: "the snapshot of the function is being made" },
  AccessDeniedException: { code: "PERMISSION_DENIED" },
  AccessDenied: { code: "PERMISSION_DENIED" },
  ExpiredTokenException: { code: "PERMISSION_DENIED", says: "the credentials have expired: renew them" },
  ExpiredToken: { code: "PERMISSION_DENIED", says: "the credentials have expired: renew them" },
  UnrecognizedClientException: {
    code: "PERMISSION_DENIED",
    says: "AWS does not know the access key or the session token",
  },
  InvalidClientTokenId: { code: "PERMISSION_DENIED", says: "AWS does not know the access key" },
  MissingAuthenticationTokenException: { code: "PERMISSION_DENIED", says: "the request was not signed" },
  InvalidSignatureException: {
    code: "PERMISSION_DENIED",
    says: "the secret access key does not belong to the access key, or this machine's clock is wrong",
  },
  SignatureDoesNotMatch: { code: "PERMISSION_DENIED", says: "the secret access key does not belong to the access key" },
  IncompleteSignatureException: { code: "PERMISSION_DENIED", says: "the credentials are incomplete" },
  OptInRequired: { code: "PERMISSION_DENIED", says: "the account has not enabled this region" },
  CredentialsProviderError: {
    code: "PERMISSION_DENIED",
    says: "no credentials were found: write access_key_id and secret_access_key as references, or give the machine a role",
  },
  EC2AccessDeniedException: { code: "PERMISSION_DENIED", says: "the function's role may not use EC2" },
  KMSAccessDeniedException: { code: "PERMISSION_DENIED", says: "the function's role may not use its KMS key" },
  EFSMountFailureException: { code: "PERMISSION_DENIED", says: "the function may not mount its file system" },
  KMSDisabledException: { code: "CONFIG_INVALID", says: "the KMS key of the function is disabled" },
  KMSInvalidStateException: { code: "CONFIG_INVALID", says: "the KMS key of the function cannot be used" },
  KMSNotFoundException: { code: "CONFIG_INVALID", says: "the KMS key of the function is gone" },
  ResourceNotFoundException: { code: "CONFIG_INVALID", says: "check function_name, layers and region" },
  InvalidParameterValueException: { code: "CONFIG_INVALID" },
  ValidationException: { code: "CONFIG_INVALID" },
  InvalidRuntimeException: { code: "CONFIG_INVALID" },
  InvalidZipFileException: { code: "CONFIG_INVALID" },
  InvalidSecurityGroupIDException: { code: "CONFIG_INVALID", says: "a security group of the function is gone" },
  InvalidSubnetIDException: { code: "CONFIG_INVALID", says: "a subnet of the function is gone" },
  CodeStorageExceededException: {
    code: "QUOTA_EXCEEDED",
    says: "the code storage of the account is full: delete functions or layers",
  },
  ServiceQuotaExceededException: { code: "QUOTA_EXCEEDED" },
  ENILimitReachedException: {
    code: "QUOTA_EXCEEDED",
    says: "the account has no network interface left for the function",
  },
  SubnetIPAddressLimitReachedException: {
    code: "QUOTA_EXCEEDED",
    says: "the subnets of the function have no address left",
  },
  RequestTooLargeException: { code: "PROVIDER_ERROR", says: "the event is larger than the 6 MB that Lambda takes" },
  RecursiveInvocationException: {
    code: "PROVIDER_ERROR",
    says: "Lambda stopped what looks like a function that calls itself",
  },
  ResourceConflictException: { code: "PROVIDER_ERROR", says: "the function is being changed, or is not ready" },
};

/** Why AWS throttles, by the `Reason` of its answer. */
const THROTTLES: Readonly<Record<string, string>> = {
  ReservedFunctionConcurrentInvocationLimitExceeded:
    "the function's reserved concurrency is used up: raise it, or lower max_workers",
  ReservedFunctionInvocationRateLimitExceeded:
    "the function's reserved rate is used up: raise its reserved concurrency",
  ConcurrentInvocationLimitExceeded:
    "the account's concurrent executions are used up: ask AWS for more, or lower max_workers",
  FunctionInvocationRateLimitExceeded: "the function is invoked more often than its concurrency allows",
  CallerRateLimitExceeded: "the account calls Lambda's API too often",
};

/** Server faults by which Lambda says that it did not run the function. */
const REFUSED_BY_SERVER = /^(EC2|ENI|KMS|EFS|Invalid|SubnetIP|SnapStart)\w*Exception$|^ResourceNotReadyException$/;

/** The catalogue code of an error of the AWS client, with AWS's words and what they leave out. */
export function lambdaFailure(error: unknown): Failure {
  const { name, message, reason, system } = wordsOf(error);
  const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  const says = (reason && THROTTLES[reason]) || known?.says;
  const words = [isVendorName(name) && `${name}: `, message, reason && ` (${reason})`, system].filter(Boolean).join("");
  return { code: codeOf(known?.code, words), detail: says ? `${words}; ${says}` : words };
}

/** Whether AWS refused the invocation, so that the function surely did not run. */
export function isRefusal(error: unknown): boolean {
  const { name, status } = wordsOf(error);
  return (status !== undefined && status >= 400 && status < 500) || REFUSED_BY_SERVER.test(name);
}

export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error;
  const { code, detail } = lambdaFailure(error);
  return new StartError(code, detail, { cause: error });
}

/** "The role … cannot be assumed" is a parameter to AWS and a permission to everybody else. */
function codeOf(known: FailureCode | undefined, words: string): FailureCode {
  if (/cannot be assumed by Lambda|not authorized to perform/i.test(words)) return "PERMISSION_DENIED";
  return known ?? connectionCodeOf(words) ?? failureCodeOf(words) ?? "PROVIDER_ERROR";
}

function connectionCodeOf(words: string): FailureCode | undefined {
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(words)) return "CERTIFICATE_EXPIRED";
  if (/is not set in this process|cannot be read/.test(words)) return "PERMISSION_DENIED";
  return /ECONN|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError|socket hang up|no answer within|no connection within|aborted/i.test(
    words,
  )
    ? "UNREACHABLE"
    : undefined;
}

function isVendorName(name: string): boolean {
  return name !== "" && name !== "Error" && name !== "AbortError";
}

interface Words {
  name: string;
  message: string;
  /** `Reason` of a throttle. */
  reason?: string;
  /** The system's error code, where the message lacks it. */
  system: string;
  status?: number;
}

function wordsOf(error: unknown): Words {
  if (!(error instanceof Error)) return { name: "", message: String(error), system: "" };
  const more = error as Error & { code?: unknown; Reason?: unknown; $metadata?: { httpStatusCode?: number } };
  const inner = error instanceof AggregateError ? error.errors.map(String).join(", ") : "";
  const message = (error.message || inner || "no message").replaceAll("\0", "").slice(0, 1000);
  const code = typeof more.code === "string" && !message.includes(more.code) ? ` (${more.code})` : "";
  return {
    name: error.name,
    message,
    system: code,
    ...(typeof more.Reason === "string" && { reason: more.Reason }),
    ...(more.$metadata?.httpStatusCode !== undefined && { status: more.$metadata.httpStatusCode }),
  };
}
