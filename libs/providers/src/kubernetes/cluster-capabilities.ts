import {
  type Capabilities,
  type KubernetesConfig,
  parseCpuMillis,
  parseMemoryBytes,
  type Resources,
} from "@hodei/contracts";

/** Of `GET /api/v1/nodes`, what is read here. */
export interface RawNode {
  metadata?: { name?: string; labels?: Record<string, string> };
  spec?: { unschedulable?: boolean; taints?: Taint[] };
  status?: { allocatable?: Record<string, string>; conditions?: { type?: string; status?: string }[] };
}
interface Taint {
  key?: string;
  value?: string;
  effect?: string;
}
/** Of `GET …/resourcequotas`. */
export interface RawQuota {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: object };
}

type Amount = keyof Resources;
const AMOUNTS: readonly Amount[] = ["cpuMillis", "memoryBytes", "gpu"];

/**
 * What the cluster can give to workers of that configuration: one worker what the largest fitting node has, all together what the nodes
 * have, or less where a quota says so. Nodes that are not ready, not schedulable, not selected or whose taints are not tolerated do not
 * count. Undefined where neither nodes nor quotas say anything: where no node fits now, one may be on its way. Pure.
 */
export function clusterCapabilities(
  nodes: readonly RawNode[] | undefined,
  quotas: readonly RawQuota[] | undefined,
  config: KubernetesConfig,
): Capabilities | undefined {
  const fitting = nodes?.filter((node) => isFor(node, config)) ?? [];
  const offers = fitting.map(({ status }) => readAmounts(status?.allocatable ?? {}, nodeKeys));
  const limits = (quotas ?? [])
    .filter(({ spec }) => !spec?.scopes && !spec?.scopeSelector)
    .map(({ spec }) => readAmounts(spec?.hard ?? {}, quotaKeys));
  if ([...offers, ...limits].every((each) => Object.keys(each).length === 0)) return undefined;
  const total = combine([combine(offers, (a, b) => a + b), ...limits], Math.min);
  const largest = combine(offers, Math.max);
  const architectures = new Set(fitting.map(({ metadata }) => metadata?.labels?.["kubernetes.io/arch"]));
  const [architecture] = architectures;
  return {
    ...(architectures.size === 1 && architecture && { architecture }),
    perWorker: combine([largest, total], Math.min),
    total,
  };
}

function isFor({ metadata, spec, status }: RawNode, { node_selector, tolerations }: KubernetesConfig): boolean {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
  const isSelected = Object.entries(node_selector ?? {}).every(([key, value]) => metadata?.labels?.[key] === value);
  const isTolerated = (spec?.taints ?? []).every(
    (taint) => taint.effect === "PreferNoSchedule" || tolerations?.some((toleration) => tolerates(toleration, taint)),
  );
  return isReady && isSelected && isTolerated && spec?.unschedulable !== true;
}

function tolerates(
  { key, operator, value, effect }: NonNullable<KubernetesConfig["tolerations"]>[number],
  taint: Taint,
): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (operator === "Exists") return key === undefined || key === taint.key;
  return key === taint.key && (value ?? "") === (taint.value ?? "");
}

type Keys = Readonly<Record<Amount, readonly string[]>>;
const nodeKeys: Keys = { cpuMillis: ["cpu"], memoryBytes: ["memory"], gpu: ["nvidia.com/gpu"] };
/** Requests equal limits here, so whichever of the two is capped caps a worker. */
const quotaKeys: Keys = {
  cpuMillis: ["requests.cpu", "limits.cpu", "cpu"],
  memoryBytes: ["requests.memory", "limits.memory", "memory"],
  gpu: ["requests.nvidia.com/gpu", "limits.nvidia.com/gpu"],
};

function readAmounts(from: Readonly<Record<string, string>>, keys: Keys): Resources {
  const read = (amount: Amount, text: string) =>
    amount === "cpuMillis" ? parseCpuMillis(text) : amount === "memoryBytes" ? parseMemoryBytes(text) : Number(text);
  const entries = AMOUNTS.flatMap((amount) => {
    const values = keys[amount].flatMap((key) =>
      from[key] === undefined ? [] : [read(amount, from[key]) ?? []].flat(),
    );
    return values.length > 0 ? [[amount, Math.min(...values)]] : [];
  });
  return Object.fromEntries(entries) as Resources;
}

/** Amount by amount; one that nobody names is not named. */
function combine(all: readonly Resources[], how: (a: number, b: number) => number): Resources {
  const entries = AMOUNTS.flatMap((amount) => {
    const values = all.flatMap((each) => each[amount] ?? []);
    return values.length > 0 ? [[amount, values.reduce((a, b) => how(a, b))]] : [];
  });
  return Object.fromEntries(entries) as Resources;
}
