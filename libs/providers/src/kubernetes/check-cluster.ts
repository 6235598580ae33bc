import { type Capabilities, type KubernetesConfig, kubectlCommand } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { CheckStep, Health } from "../provider.ts";
import { refusalOf, reviewAccess } from "./access-reviews.ts";
import type { ApiClient } from "./api-client.ts";
import { detailOf, isStatus, kubernetesFailureCode } from "./api-error.ts";
import { certificateValidities, expiryProblem } from "./certificate-expiry.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { clusterCapabilities, type RawNode, type RawQuota } from "./cluster-capabilities.ts";
import { type ClusterPaths, NODES } from "./cluster-paths.ts";

/** Faults that only repetition makes certain (design §6). */
const UNCERTAIN: ReadonlySet<FailureCode> = new Set(["UNREACHABLE", "PROVIDER_ERROR", "THROTTLED"]);

export interface CheckParts {
  api: ApiClient;
  access: ClusterAccess;
  paths: ClusterPaths;
  config: KubernetesConfig;
}

/** Lists pods in the namespace, then asks which of what workers need is permitted, then what the cluster has. A failure is a value. */
export async function checkCluster(parts: CheckParts, signal: AbortSignal): Promise<Health> {
  const steps: CheckStep[] = [];
  const found = await walk(parts, steps, signal);
  const certificateExpiresAt = earliestEnd(parts);
  return { ...found, ...(certificateExpiresAt && { certificateExpiresAt }), steps };
}

async function walk(parts: CheckParts, steps: CheckStep[], signal: AbortSignal): Promise<Health> {
  try {
    const expired = checkCertificates(parts, steps);
    if (expired) return { state: "unhealthy", code: "CERTIFICATE_EXPIRED", detail: expired };
    const refusal = await listPods(parts, steps, signal);
    const permitted = await checkAccess(parts, steps, signal);
    if (permitted) return permitted;
    if (refusal) return failed(refusal, steps);
    const missing = await namespaceMissing(parts, steps, signal);
    if (missing) return { state: "unhealthy", code: "CONFIG_INVALID", detail: missing };
    const capabilities = await discover(parts, steps, signal);
    const degraded = steps.find(({ ok }) => !ok);
    const health: Health = degraded ? partial(parts.config, steps) : { state: "healthy" };
    return { ...health, ...(capabilities && { capabilities }) };
  } catch (error) {
    return failed(error, steps);
  }
}

function failed(error: unknown, steps: CheckStep[]): Health {
  const [code, detail] = [kubernetesFailureCode(error), detailOf(error)];
  if (steps.every(({ ok }) => ok)) steps.push({ name: "reach the cluster", ok: false, detail });
  const needsConfirmation = UNCERTAIN.has(code);
  const state = needsConfirmation ? "degraded" : "unhealthy";
  return { state, code, detail, ...(needsConfirmation && { needsConfirmation }) };
}

function checkCertificates({ access }: CheckParts, steps: CheckStep[]): string | undefined {
  for (const validity of certificateValidities(access)) {
    const problem = expiryProblem(validity, new Date());
    const detail = problem ?? `until ${validity.to.toISOString()}`;
    steps.push({ name: `${validity.of} of the kubeconfig is valid`, ok: !problem, detail });
    if (problem) return problem;
  }
  return undefined;
}

/** @returns the refusal, so that what else is refused can be named with it */
async function listPods({ api, paths, config }: CheckParts, steps: CheckStep[], signal: AbortSignal): Promise<unknown> {
  const step = { name: `list pods in ${config.namespace}`, command: kubectlCommand(config, ["get", "pods"]) };
  try {
    await api.call(paths.pods, { query: { limit: 1 }, signal });
    steps.push({ ...step, ok: true });
    return undefined;
  } catch (error) {
    steps.push({ ...step, ok: false, detail: detailOf(error) });
    if (isStatus(error, 403)) return error;
    throw error;
  }
}

async function checkAccess(
  { api, config }: CheckParts,
  steps: CheckStep[],
  signal: AbortSignal,
): Promise<Health | undefined> {
  const reviewed = await reviewAccess(api, config, signal);
  steps.push(...reviewed.map(({ step }) => step));
  const refused = reviewed.filter(({ allowed }) => !allowed).map(({ needed }) => needed);
  if (!refused.some(({ isVital }) => isVital)) return undefined;
  return { state: "unhealthy", code: "PERMISSION_DENIED", detail: refusalOf(refused, config.namespace) };
}

function partial(config: KubernetesConfig, steps: readonly CheckStep[]): Health {
  const missing = steps.filter(({ ok }) => !ok).map(({ name }) => name.replace(/^may /, "").replace(/ in [^ ]+$/, ""));
  const losses = steps.flatMap(({ ok, detail }) => (ok || !detail ? [] : [detail.replace(/^no: /, "")]));
  const detail = `User cannot ${missing.join(", ")} in namespace "${config.namespace}": ${[...new Set(losses)].join("; ")}`;
  return { state: "degraded", code: "PERMISSION_DENIED", detail };
}

/** An empty list of pods is also the answer for a namespace that does not exist. */
async function namespaceMissing(
  { api, paths, config }: CheckParts,
  steps: CheckStep[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = `the namespace ${config.namespace} exists`;
  const problem = await optional(async () => {
    await api.call(paths.namespace, { signal });
    return "";
  }).catch((error: unknown) => {
    if (isStatus(error, 404)) return detailOf(error);
    throw error;
  });
  if (problem) steps.push({ name, ok: false, detail: problem });
  else steps.push({ name, ok: true, ...(problem === undefined && { detail: "may not be asked; assumed" }) });
  return problem || undefined;
}

async function discover(
  { api, paths, config }: CheckParts,
  steps: CheckStep[],
  signal: AbortSignal,
): Promise<Capabilities | undefined> {
  const [nodes, quotas] = await Promise.all([
    optional(async () => (await api.call<{ items?: RawNode[] }>(NODES, { signal })).items ?? []),
    optional(async () => (await api.call<{ items?: RawQuota[] }>(paths.quotas, { signal })).items ?? []),
  ]);
  const seen = [nodes && `${nodes.length} nodes`, quotas && `${quotas.length} quotas`].filter(Boolean).join(", ");
  steps.push({
    name: "see what the cluster has",
    ok: true,
    detail: seen || "nodes and quotas may not be read; its capacity is not known",
  });
  return clusterCapabilities(nodes, quotas, config);
}

/** What is good to know and not needed: without the permission it is not known. */
async function optional<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

function earliestEnd({ api, access }: CheckParts): Date | undefined {
  const ends = [api.serverCertificateExpiresAt()];
  try {
    ends.push(...certificateValidities(access).map(({ to }) => to));
  } catch {
    // A kubeconfig that cannot be read is what the check found already.
  }
  const times = ends.flatMap((end) => (end ? [end.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}
