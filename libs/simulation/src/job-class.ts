import type { JobSpec } from "@hodei/contracts";
import { classKey, type Requirements, requirementsOf } from "@hodei/placement";

/** Jobs that are alike in everything but when they come, how long they take and whether they fail. */
export interface JobClass {
  name: string;
  requirements: Requirements;
  /** Equal for classes that placement cannot tell apart. */
  requirementKey: string;
  priority: number;
  timeoutSeconds: number | undefined;
  provisioningTimeoutSeconds: number;
  maxAttempts: number;
  backoffSeconds: number;
}

export function jobClassOf(name: string, spec: JobSpec): JobClass {
  const requirements = requirementsOf(spec);
  return {
    name,
    requirements,
    requirementKey: classKey(requirements),
    priority: spec.priority,
    timeoutSeconds: spec.timeoutSeconds,
    provisioningTimeoutSeconds: spec.provisioningTimeoutSeconds,
    ...spec.retry,
  };
}

/** A job that comes. */
export interface Arrival {
  atSeconds: number;
  jobClass: JobClass;
  durationSeconds: number;
  /** The chance that a run ends with an exit code other than 0. */
  failureRate: number;
}

/** What comes, in order of time. */
export interface ArrivalPlan {
  /** Until then jobs arrive; utilisation is measured up to here. */
  horizonSeconds: number;
  count: number;
  arrivals: Iterable<Arrival>;
}
