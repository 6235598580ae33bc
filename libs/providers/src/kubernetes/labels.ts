import { createHash } from "node:crypto";
import type { AdapterContext, WorkerSpec } from "../provider.ts";

/** What we stamp on each Job, Pod and Secret: whose it is, and which worker. */
export const LABELS = {
  managed: "hodei.dev/managed",
  cluster: "hodei.dev/cluster",
  provider: "hodei.dev/provider",
  jobId: "hodei.dev/job-id",
  attempt: "hodei.dev/attempt",
  worker: "hodei.dev/worker",
} as const;

/** Kubernetes' own rule: at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends. */
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** The text itself where it is a valid label value, else its hash: the same text always gives the same label. */
export function labelValue(text: string): string {
  return LABEL_VALUE.test(text) ? text : `h-${createHash("sha256").update(text).digest("hex").slice(0, 40)}`;
}

export function labelsOf(worker: WorkerSpec, context: AdapterContext): Record<string, string> {
  return mapValues(identityOf(worker, context), labelValue);
}

/** What the labels say, as written; only what was hashed there needs it, so a reader always finds the whole text. */
export function annotationsOf(worker: WorkerSpec, context: AdapterContext): Record<string, string> {
  const hashed = Object.entries(identityOf(worker, context)).filter(([, text]) => labelValue(text) !== text);
  return { ...Object.fromEntries(hashed), "hodei.dev/provider-name": context.providerName };
}

/** Selects what one provider of one cluster started: nothing else is ever looked at. */
export function ownedBy({ clusterId, providerId }: AdapterContext): string {
  return `${LABELS.cluster}=${labelValue(clusterId)},${LABELS.provider}=${labelValue(providerId)}`;
}

export function isOurs(labels: Readonly<Record<string, string>>, { clusterId, providerId }: AdapterContext): boolean {
  return labels[LABELS.cluster] === labelValue(clusterId) && labels[LABELS.provider] === labelValue(providerId);
}

function identityOf(worker: WorkerSpec, context: AdapterContext): Record<string, string> {
  return {
    [LABELS.managed]: "true",
    [LABELS.cluster]: context.clusterId,
    [LABELS.provider]: context.providerId,
    [LABELS.jobId]: worker.jobId,
    [LABELS.attempt]: String(worker.attempt),
    [LABELS.worker]: worker.name,
  };
}

function mapValues(map: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, text]) => [key, change(text)]));
}
