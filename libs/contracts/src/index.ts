export { Capabilities, writeCapabilities } from "./capabilities.ts";
export { JOB_ID_MAX_LENGTH, JOB_ID_PATTERN, parseWorkerName, workerName } from "./ids.ts";
export { DEFAULT_TIMEOUT_SECONDS, INFRASTRUCTURE_ATTEMPTS, JobId, JobSpec, storedJobSpec } from "./job-spec.ts";
export { LOG_STREAMS, type LogStream } from "./log-streams.ts";
export { Batch, MAX_BATCH_ITEMS } from "./messages/batch.ts";
export { DeadLetter } from "./messages/dead-letter.ts";
export { JobCancel, JobLog, JobStatus } from "./messages/job-messages.ts";
export { CheckAnswer, CheckRequest, CheckStep, ProviderChanged, ProviderHealth } from "./messages/provider-messages.ts";
export {
  ProvisionItem,
  reportIdOf,
  TerminateItem,
  WorkerProvision,
  WorkerReport,
  WorkerStatus,
  WorkerTerminate,
} from "./messages/worker-messages.ts";
export { formatProblem, type Problem, problemsOf } from "./problems.ts";
export {
  type BuiltInProviderType,
  isBuiltInProviderType,
  PROVIDER_TYPE_PATTERN,
  PROVIDER_TYPE_TRAITS,
  PROVIDER_TYPES,
  ProviderTypeTraits,
} from "./provider-types.ts";
export { CommonConfig, commonConfigOf } from "./providers/common-config.ts";
export { commonFields, DefaultImage, HealthCheckConfig } from "./providers/common-fields.ts";
export { DockerConfig } from "./providers/docker-config.ts";
export { kubectlCommand } from "./providers/kubectl-command.ts";
export { type GracePeriods, KubernetesConfig } from "./providers/kubernetes-config.ts";
export { LambdaConfig } from "./providers/lambda-config.ts";
export { ProcessConfig } from "./providers/process-config.ts";
export {
  openProviderConfig,
  type ParsedProviderConfig,
  PROVIDER_CONFIGS,
  type ProviderConfig,
  parseProviderConfig,
  unknownTypeProblem,
} from "./providers/provider-config.ts";
export { SimulatedConfig } from "./providers/simulated-config.ts";
export { cpuHint, memoryHint, parseCpuMillis, parseMemoryBytes } from "./quantities.ts";
export { REFUSAL_REASONS, type RefusalReason } from "./refusal-reasons.ts";
export { CpuQuantity, MemoryQuantity, type Resources, resources } from "./resources.ts";
export { ROLES, type Role, roleCovers } from "./roles.ts";
export { isJobSecretReference, SecretReference } from "./secret-reference.ts";
export {
  FINAL_JOB_STATES,
  FINAL_WORKER_STATES,
  type FinalJobState,
  type FinalWorkerState,
  HEALTH_STATES,
  type HealthState,
  isFinalJobState,
  isFinalWorkerState,
  JOB_STATES,
  type JobState,
  LIVE_WORKER_STATES,
  type LiveWorkerState,
  PROVIDER_STATUSES,
  type ProviderStatus,
  TERMINATE_REASONS,
  type TerminateReason,
  WORKER_STATES,
  type WorkerState,
} from "./states.ts";
export { storable, storableText } from "./storable-json.ts";
export { deadLetterSubject, jobLogSubject, jobStatusSubject, SUBJECTS, workerStatusSubject } from "./subjects.ts";
export { describe, Text, TextMap, WholeNumber } from "./text.ts";
