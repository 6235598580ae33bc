import { randomUUID } from "node:crypto";
import type { WorkerSpec } from "../provider.ts";

/** A worker of a fresh name. */
export function workerOf(
  command: string[],
  env: Record<string, string> = {},
  job: Partial<WorkerSpec["job"]> = {},
): WorkerSpec {
  const jobId = `c-${randomUUID().slice(0, 13)}`;
  const spec: WorkerSpec["job"] = {
    command,
    env: {},
    secrets: {},
    resources: {},
    allowedRegions: [],
    requiredLabels: {},
    requiredAnnotations: {},
    priority: 0,
    provisioningTimeoutSeconds: 60,
    retry: { maxAttempts: 1, backoffSeconds: 0 },
    metadata: {},
    ...job,
  };
  return {
    name: `hodei-${jobId}-1`,
    jobId,
    attempt: 1,
    job: spec,
    env,
    timeoutSeconds: 60,
    progress: () => undefined,
    announce: async () => undefined,
    announced: null,
  };
}
