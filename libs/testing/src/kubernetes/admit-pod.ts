import type { ObjectStore } from "./object-store.ts";
import type { KubeObject, Pod, PodSpec } from "./objects.ts";
import { isOver } from "./objects.ts";
import { amountOf } from "./quantities.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { forbidden } from "./status.ts";

/** What the cluster's admission holds of a pod that is to be made: quota, Pod Security (restricted), its service account. @throws StatusError 403 */
export function admitPod(store: ObjectStore, namespace: string, name: string, spec: PodSpec): void {
  checkServiceAccount(store, namespace, name, spec);
  checkPodSecurity(name, spec);
  checkQuota(store, namespace, name, spec);
}

function checkServiceAccount(
  store: ObjectStore,
  namespace: string,
  name: string,
  { serviceAccountName }: PodSpec,
): void {
  if (!serviceAccountName || store.get("serviceaccounts", namespace, serviceAccountName)) return;
  throw forbidden(
    RESOURCE_TYPES.pods,
    name,
    `error looking up service account ${namespace}/${serviceAccountName}: serviceaccount "${serviceAccountName}" not found`,
  );
}

function checkPodSecurity(name: string, { containers, securityContext: pod }: PodSpec): void {
  const problems = containers.flatMap(({ name: container, securityContext: own }) => {
    const of = `container "${container}"`;
    return [
      own?.allowPrivilegeEscalation !== false &&
        `allowPrivilegeEscalation != false (${of} must set securityContext.allowPrivilegeEscalation=false)`,
      !own?.capabilities?.drop?.includes("ALL") &&
        `unrestricted capabilities (${of} must set securityContext.capabilities.drop=["ALL"])`,
      own?.privileged === true && `privileged (${of} must not set securityContext.privileged=true)`,
      (own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true &&
        `runAsNonRoot != true (pod or ${of} must set securityContext.runAsNonRoot=true)`,
      (own?.runAsUser ?? pod?.runAsUser) === 0 && `runAsUser=0 (${of} must not set runAsUser=0)`,
      !["RuntimeDefault", "Localhost"].includes((own?.seccompProfile ?? pod?.seccompProfile)?.type ?? "") &&
        `seccompProfile (pod or ${of} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    ].filter(Boolean);
  });
  if (problems.length > 0)
    throw forbidden(RESOURCE_TYPES.pods, name, `violates PodSecurity "restricted:latest": ${problems.join(", ")}`);
}

function checkQuota(store: ObjectStore, namespace: string, name: string, spec: PodSpec): void {
  const living = store.list<Pod>("pods", (pod) => pod.metadata.namespace === namespace && !isOver(pod));
  for (const quota of store.list("resourcequotas", ({ metadata }) => metadata.namespace === namespace)) {
    const hard = (quota["spec"] as { hard?: Record<string, string> }).hard ?? {};
    for (const [key, limit] of Object.entries(hard)) {
      const asked = usageOf(spec, key);
      const used = living.reduce((sum, pod) => sum + usageOf(pod.spec, key), 0);
      if (asked + used > amountOf(limit)) throw exceeded(name, quota, { key, asked, used, limit });
    }
  }
}

function exceeded(
  pod: string,
  quota: KubeObject,
  { key, asked, used, limit }: { key: string; asked: number; used: number; limit: string },
) {
  const why = `exceeded quota: ${quota.metadata.name}, requested: ${key}=${asked}, used: ${key}=${used}, limited: ${key}=${limit}`;
  return forbidden(RESOURCE_TYPES.pods, pod, why);
}

function usageOf({ containers }: PodSpec, key: string): number {
  if (key === "pods" || key === "count/pods") return 1;
  const [, kind, resource] = /^(requests|limits)\.(.+)$/.exec(key) ?? [undefined, "requests", key];
  return containers.reduce(
    (sum, { resources }) => sum + amountOf(resources?.[kind as "requests" | "limits"]?.[resource] ?? "0"),
    0,
  );
}
