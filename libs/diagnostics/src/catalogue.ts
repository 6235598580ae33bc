import type { FailureCode } from "./failure-codes.ts";

/** Whose fault a failure is (design §7). */
export type Fault = "infrastructure" | "job" | "configuration" | "capacity";

export interface CatalogueEntry {
  fault: Fault;
  /** Whether the job is moved to another provider. */
  retryElsewhere: boolean;
  /** May hold `{provider}`, `{image}` and `{namespace}`; `explainFailure` fills them in. */
  cause: string;
  fix: string;
  /** The fix where the type of the provider is known and says more; `fix` names every type. */
  fixByType?: Readonly<Record<string, string>>;
  /** What people see and search for: the vendors' words, as `failureCodeOf` reads them. Empty where only Hodei itself says it. */
  symptoms: readonly string[];
}

const infrastructure = { fault: "infrastructure", retryElsewhere: true } as const;
const capacity = { fault: "capacity", retryElsewhere: true } as const;
const job = { fault: "job", retryElsewhere: false } as const;
const configuration = { fault: "configuration", retryElsewhere: true } as const;

/** Every failure once: whose fault, why, and what to do (design §7). `{name}` is filled in where it is known. */
export const CATALOGUE: Readonly<Record<FailureCode, CatalogueEntry>> = {
  IMAGE_PULL: {
    ...infrastructure,
    cause: "{provider} cannot pull the image {image}",
    fix: "check that the image and its tag exist, and that {provider} has credentials for the registry",
    symptoms: [
      "ImagePullBackOff",
      "ErrImagePull",
      "InvalidImageName",
      "pull access denied",
      "manifest unknown",
      "No such image",
    ],
  },
  PLATFORM_MISMATCH: {
    ...configuration,
    cause: "the image {image} is built for another platform than {provider} has",
    fix: "publish the image for both platforms, or write the job's architecture; an engine that emulates: set capabilities.architecture of {provider}",
    symptoms: [
      "does not match the detected host platform",
      "no matching manifest for linux/arm64/v8 in the manifest list entries",
    ],
  },
  CRASH_LOOP: {
    ...infrastructure,
    cause: "the worker ends again and again before its command starts",
    fix: "read the worker's log (hodei jobs logs {job}) and mend what its start needs: configuration, mounts, init containers",
    symptoms: [
      "CrashLoopBackOff",
      "Back-off restarting failed container",
      "Runtime.ImportModuleError",
      "Runtime.InvalidEntrypoint",
    ],
  },
  INSUFFICIENT_RESOURCES: {
    ...capacity,
    cause: "{provider} has not enough CPU, memory or GPU left for the worker",
    fix: "add nodes or providers, raise the capacity of {provider}, or ask for less in the job's resources",
    symptoms: ["Insufficient cpu", "Insufficient memory", "Resource exhausted", "no space left on device"],
  },
  QUOTA_EXCEEDED: {
    ...capacity,
    cause: "the quota of {namespace} at {provider} is used up",
    fix: "request more quota, or lower max_workers of {provider}",
    symptoms: ["QuotaExceeded", "exceeded quota", "CodeStorageExceededException"],
  },
  PERMISSION_DENIED: {
    ...infrastructure,
    cause: "{provider} refuses what Hodei needs to do",
    fix: "Docker: add the user to the docker group or open the socket to it; Kubernetes: apply the Role and RoleBinding (RBAC); Lambda: check the IAM role",
    fixByType: {
      docker: "add the user that Hodei runs as to the docker group, or open the socket to it with chmod",
      kubernetes: "apply the Role and the RoleBinding that let the service account create pods in {namespace} (RBAC)",
    },
    symptoms: [
      "Got permission denied while trying to connect to the Docker daemon socket",
      'User cannot create pods in namespace "hodei-jobs"',
      "Permission denied",
      "AccessDeniedException",
      "ExpiredTokenException",
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "The role defined for the function cannot be assumed by Lambda",
    ],
  },
  CERTIFICATE_EXPIRED: {
    ...infrastructure,
    cause: "a certificate of {provider} has expired or is not valid yet",
    fix: "regenerate the kubeconfig or the certificate, and check the system clock",
    symptoms: ["x509: certificate has expired or is not yet valid", "CERT_HAS_EXPIRED"],
  },
  CERTIFICATE_EXPIRING: {
    ...infrastructure,
    cause: "a certificate of {provider} expires within 14 days",
    fix: "regenerate the kubeconfig or the certificate before it does",
    symptoms: [],
  },
  UNREACHABLE: {
    ...infrastructure,
    cause: "{provider} does not answer",
    fix: "check the network, the address and the credentials, and that {provider} runs",
    symptoms: [
      "Connection timeout",
      "Health check timeout",
      "connection refused",
      "Cannot connect to the Docker daemon",
      "Unable to connect to the server",
    ],
  },
  TIMEOUT_PROVISIONING: {
    ...infrastructure,
    cause: "the worker did not start in time at {provider}",
    fix: "look at what {provider} is doing, or raise provisioning_timeout_seconds of the job",
    symptoms: [],
  },
  TIMEOUT_RUN: {
    ...job,
    cause: "the command ran longer than its timeout",
    fix: "raise timeout_seconds of the job, or make it faster",
    symptoms: ["Task timed out after", "Job was active longer than specified deadline"],
  },
  OOM_KILLED: {
    ...job,
    cause: "the command used more memory than its limit and was killed",
    fix: "raise resources.memory of the job",
    symptoms: ["OOMKilled"],
  },
  THROTTLED: {
    ...capacity,
    cause: "{provider} takes no more requests for now",
    fix: "raise the concurrency limit, or lower max_workers of {provider}",
    symptoms: ["TooManyRequestsException", "ThrottlingException", "Rate exceeded"],
  },
  WORKER_LOST: {
    ...infrastructure,
    cause: "{provider} no longer knows the worker",
    fix: "look for a restart or a lost node at {provider}",
    symptoms: ["NodeLost", "No such container"],
  },
  PROVIDER_UNHEALTHY: {
    ...infrastructure,
    cause: "{provider} turned unhealthy before the worker had started",
    fix: "mend what its health check names: hodei providers check {provider}",
    symptoms: [],
  },
  EXIT_NONZERO: {
    ...job,
    cause: "the command ended with a non-zero exit code",
    fix: "read the job's log: hodei jobs logs {job}",
    symptoms: [],
  },
  COMMAND_NOT_FOUND: {
    ...job,
    cause: "the command cannot be started",
    fix: "check the program's name and that it exists where the job runs",
    symptoms: ["executable file not found in $PATH"],
  },
  SECRET_UNAVAILABLE: {
    ...job,
    cause: "a secret that the job names cannot be read",
    fix: "set the HODEI_SECRET_ variable for the provisioner, or put the file under HODEI_SECRETS_DIR",
    symptoms: [],
  },
  CANCELLED: {
    ...job,
    cause: "the job was cancelled",
    fix: "nothing to do; hodei jobs retry submits it again",
    symptoms: [],
  },
  CONFIG_INVALID: {
    ...configuration,
    cause: "the configuration of {provider} is not valid",
    fix: "mend what config_errors names: hodei providers get",
    symptoms: [],
  },
  PROVIDER_ERROR: {
    ...infrastructure,
    cause: "{provider} answered with an error that is not known here",
    fix: "read the detail, and the log of {provider}",
    symptoms: [],
  },
  SLOW_ANSWERS: {
    ...infrastructure,
    cause: "{provider} answers, but takes more than half of the health check's timeout",
    fix: "look at the load of {provider}; where the network is slow, raise health_check_config.timeout_seconds",
    symptoms: [],
  },
  FLAPPING: {
    ...infrastructure,
    cause: "{provider} answers one time and not the next",
    fix: "look at the network and the load between Hodei and {provider}; while it changes so often it counts as degraded",
    symptoms: [],
  },
};
