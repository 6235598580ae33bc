import { randomBytes } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node";
import type { AdapterContext, WorkerSpec } from "../provider.ts";
import { labelsOf } from "./labels.ts";
import type { JobView } from "./views.ts";

/** A Secret of that worker alone: a name that nobody else has, so that one left from before is never taken for it. */
export function newSecretName(worker: WorkerSpec): string {
  return `${worker.name}-${randomBytes(4).toString("hex")}`;
}

export function hasSecrets(worker: WorkerSpec): boolean {
  return Object.keys(worker.job.secrets).some((name) => Object.hasOwn(worker.env, name));
}

/**
 * The values of `job.secrets`, owned by the Job: the cluster deletes it with the Job, so no right to read, change or delete Secrets is
 * needed, only to create them. Pure.
 */
export function secretManifest(worker: WorkerSpec, context: AdapterContext, job: JobView, name: string): V1Secret {
  const values = Object.keys(worker.job.secrets).flatMap((key) => {
    const value = worker.env[key];
    return value === undefined ? [] : [[key, Buffer.from(value).toString("base64")]];
  });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      labels: labelsOf(worker, context),
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: job.name, uid: job.uid }],
    },
    type: "Opaque",
    immutable: true,
    data: Object.fromEntries(values) as Record<string, string>,
  };
}
