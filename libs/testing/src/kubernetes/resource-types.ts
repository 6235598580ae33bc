import type { ResourceType } from "./status.ts";

const core = { group: "", version: "v1" };

/** What this API server serves. */
export const RESOURCE_TYPES = {
  jobs: { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true },
  pods: { ...core, resource: "pods", kind: "Pod", namespaced: true },
  secrets: { ...core, resource: "secrets", kind: "Secret", namespaced: true },
  events: { ...core, resource: "events", kind: "Event", namespaced: true },
  resourcequotas: { ...core, resource: "resourcequotas", kind: "ResourceQuota", namespaced: true },
  serviceaccounts: { ...core, resource: "serviceaccounts", kind: "ServiceAccount", namespaced: true },
  nodes: { ...core, resource: "nodes", kind: "Node", namespaced: false },
  namespaces: { ...core, resource: "namespaces", kind: "Namespace", namespaced: false },
} as const satisfies Record<string, ResourceType>;

export type ResourceName = keyof typeof RESOURCE_TYPES;

export function resourceTypeOf(group: string, version: string, resource: string): ResourceName | undefined {
  const found = Object.entries(RESOURCE_TYPES).find(
    ([, type]) => type.group === group && type.version === version && type.resource === resource,
  );
  return found?.[0] as ResourceName | undefined;
}
