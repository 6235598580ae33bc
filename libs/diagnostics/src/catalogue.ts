import { FAILURE_CODES, type FailureCode } from "./failure-codes.ts";

/** Whose fault a failure is (design §7). */
export type Fault = "infrastructure" | "job" | "configuration" | "capacity";

export interface CatalogueEntry {
  fault: Fault;
  /** Whether the job is moved to another provider. */
  retryElsewhere: boolean;
  cause: string;
  fix: string;
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
  },
  CRASH_LOOP: {
    ...infrastructure,
    cause: "the worker ends again and again before its command starts",
    fix: "read the worker's log and mend its configuration",
  },
  INSUFFICIENT_RESOURCES: {
    ...capacity,
    cause: "{provider} has not enough CPU, memory or GPU left for the worker",
    fix: "add nodes or providers, or ask for less in the job's resources",
  },
  QUOTA_EXCEEDED: {
    ...capacity,
    cause: "the quota of the namespace or account at {provider} is used up",
    fix: "request more quota, or lower max_workers of {provider}",
  },
  PERMISSION_DENIED: {
    ...infrastructure,
    cause: "{provider} refuses what Hodei needs to do",
    fix: "Docker: add the user to the docker group or open the socket to it; Kubernetes: apply the Role and RoleBinding; Lambda: check the IAM role",
  },
  CERTIFICATE_EXPIRED: {
    ...infrastructure,
    cause: "a certificate of {provider} has expired or is not valid yet",
    fix: "regenerate the kubeconfig or the certificate, and check the system clock",
  },
  UNREACHABLE: {
    ...infrastructure,
    cause: "{provider} does not answer",
    fix: "check the network, the address and the credentials, and that the engine runs",
  },
  TIMEOUT_PROVISIONING: {
    ...infrastructure,
    cause: "the worker did not start in time at {provider}",
    fix: "look at what {provider} is doing, or raise provisioning_timeout_seconds of the job",
  },
  TIMEOUT_RUN: {
    ...job,
    cause: "the command ran longer than its timeout",
    fix: "raise timeout_seconds of the job, or make it faster",
  },
  OOM_KILLED: {
    ...job,
    cause: "the command used more memory than its limit and was killed",
    fix: "raise resources.memory of the job",
  },
  THROTTLED: {
    ...capacity,
    cause: "{provider} takes no more requests for now",
    fix: "raise the concurrency limit, or lower max_workers of {provider}",
  },
  WORKER_LOST: {
    ...infrastructure,
    cause: "{provider} no longer knows the worker",
    fix: "look for a restart or a lost node at {provider}",
  },
  EXIT_NONZERO: {
    ...job,
    cause: "the command ended with a non-zero exit code",
    fix: "read the job's log: hodei jobs logs",
  },
  COMMAND_NOT_FOUND: {
    ...job,
    cause: "the command cannot be started",
    fix: "check the program's name and that it exists where the job runs",
  },
  SECRET_UNAVAILABLE: {
    ...job,
    cause: "a secret that the job names cannot be read",
    fix: "set the HODEI_SECRET_ variable for the provisioner, or put the file under HODEI_SECRETS_DIR",
  },
  CANCELLED: { ...job, cause: "the job was cancelled", fix: "nothing to do; hodei jobs retry submits it again" },
  CONFIG_INVALID: {
    ...configuration,
    cause: "the configuration of {provider} is not valid",
    fix: "mend what config_errors names: hodei providers get",
  },
  PROVIDER_ERROR: {
    ...infrastructure,
    cause: "{provider} answered with an error that is not known here",
    fix: "read the detail, and the log of {provider}",
  },
  SLOW_ANSWERS: {
    ...infrastructure,
    cause: "{provider} answers, but takes more than half of the health check's timeout",
    fix: "look at the load of {provider}; where the network is slow, raise health_check_config.timeout_seconds",
  },
};

export function isFailureCode(code: string): code is FailureCode {
  return (FAILURE_CODES as readonly string[]).includes(code);
}

/** Cause and fix with the names filled in; a name that is not known reads naturally. */
export function explainFailure(
  code: FailureCode,
  names: { provider?: string; image?: string },
): { cause: string; fix: string } {
  const fill = (text: string) =>
    text.replaceAll("{provider}", names.provider ?? "the provider").replaceAll("{image}", names.image ?? "of the job");
  const { cause, fix } = CATALOGUE[code];
  return { cause: fill(cause), fix: fill(fix) };
}
