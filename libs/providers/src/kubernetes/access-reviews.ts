import { type KubernetesConfig, kubectlCommand } from "@hodei/contracts";
import type { CheckStep } from "../provider.ts";
import type { ApiClient } from "./api-client.ts";
import { ACCESS_REVIEWS } from "./cluster-paths.ts";

/** Something that Hodei does in the namespace. */
export interface NeededAccess {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  /** Without it no worker can be started or followed at all. */
  isVital: boolean;
  /** What is not to be had without it. */
  without: string;
}

const jobs = { group: "batch", resource: "jobs" };
const pods = { group: "", resource: "pods" };
const events = { group: "", resource: "events" };

/** All that workers need; `deploy/kubernetes` grants this, and a test holds the two together. */
const NEEDED_ACCESS: readonly NeededAccess[] = [
  { ...jobs, verb: "create", isVital: true, without: "no worker can be started" },
  { ...jobs, verb: "list", isVital: true, without: "workers cannot be followed" },
  { ...jobs, verb: "watch", isVital: true, without: "workers cannot be followed" },
  { ...jobs, verb: "get", isVital: false, without: "a worker that is there already cannot be adopted" },
  { ...jobs, verb: "delete", isVital: false, without: "ended workers cannot be removed" },
  { ...pods, verb: "list", isVital: true, without: "workers cannot be followed" },
  { ...pods, verb: "watch", isVital: true, without: "workers cannot be followed" },
  { ...pods, verb: "patch", isVital: false, without: "running workers cannot be stopped in order" },
  { ...pods, verb: "delete", isVital: false, without: "running workers cannot be killed" },
  { ...pods, verb: "get", subresource: "log", isVital: false, without: "output cannot be read" },
  { ...events, verb: "list", isVital: false, without: "why a pod cannot be made is not seen" },
  { ...events, verb: "watch", isVital: false, without: "why a pod cannot be made is not seen" },
  { group: "", resource: "secrets", verb: "create", isVital: false, without: "jobs with secrets cannot be started" },
];

export interface ReviewedAccess {
  needed: NeededAccess;
  allowed: boolean;
  step: CheckStep;
}

/** Asks the API server of each access whether the account that acts has it: the answer of `kubectl auth can-i`. */
export async function reviewAccess(
  api: ApiClient,
  config: KubernetesConfig,
  signal: AbortSignal,
): Promise<ReviewedAccess[]> {
  return await Promise.all(NEEDED_ACCESS.map((needed) => reviewOne(api, config, needed, signal)));
}

async function reviewOne(
  api: ApiClient,
  config: KubernetesConfig,
  needed: NeededAccess,
  signal: AbortSignal,
): Promise<ReviewedAccess> {
  const { verb, group, resource, subresource } = needed;
  const resourceAttributes = {
    namespace: config.namespace,
    verb,
    group,
    resource,
    ...(subresource !== undefined && { subresource }),
  };
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const { status } = await api.call<{ status?: { allowed?: boolean; reason?: string } }>(ACCESS_REVIEWS, {
    method: "POST",
    body,
    signal,
  });
  const allowed = status?.allowed === true;
  const step: CheckStep = {
    name: `may ${verb} ${resource}${subresource ? `/${subresource}` : ""} in ${config.namespace}`,
    ok: allowed,
    ...(!allowed && { detail: `no: ${needed.without}${status?.reason ? ` (${status.reason})` : ""}` }),
    command: kubectlCommand(config, [
      "auth",
      "can-i",
      verb,
      group ? `${resource}.${group}` : resource,
      ...(subresource ? [`--subresource=${subresource}`] : []),
    ]),
  };
  return { needed, allowed, step };
}

/** `User cannot create jobs, watch pods in namespace "hodei-jobs"`, the words that people search for. */
export function refusalOf(refused: readonly NeededAccess[], namespace: string): string {
  const what = refused.map(
    ({ verb, resource, subresource }) => `${verb} ${resource}${subresource ? `/${subresource}` : ""}`,
  );
  return `User cannot ${what.join(", ")} in namespace "${namespace}"`;
}
