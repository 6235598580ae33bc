import type { RefusalReason, Resources } from "@hodei/contracts";
import type { Refusal, Rule } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import type { Requirements } from "./requirements.ts";

/** Every rule E1–E9 that keeps a provider from a job, with both sides (design §4). Empty = eligible. */
export function refusalsOf(job: Requirements, provider: FleetProvider): Refusal[] {
  return [
    ...statusRefusals(provider),
    ...healthRefusals(provider),
    ...slotRefusals(provider),
    ...resourceRefusals(job, provider),
    ...typeRefusals(job, provider),
    ...pairRefusals("E6", job.requiredLabels, provider.requiredLabels),
    ...pairRefusals("E7", job.requiredAnnotations, provider.annotations),
    ...regionRefusals(job, provider),
    ...exclusionRefusals(job, provider),
  ];
}

/** `E6 environment: wants "production", has "staging"` */
export function formatRefusal({ rule, subject, wants, has }: Omit<Refusal, "rule"> & { rule: string }): string {
  return `${rule} ${subject}: wants ${wants}, has ${has}`;
}

const REASONS: Readonly<Record<Rule, RefusalReason>> = {
  E1: "status",
  E2: "health",
  E3: "capacity",
  E4: "resources",
  E5: "type",
  E6: "labels",
  E7: "annotations",
  E8: "regions",
  E9: "excluded",
};

export function reasonOf(refusal: Refusal): RefusalReason {
  return REASONS[refusal.rule];
}

function refuse(rule: Rule, subject: string, wants: string, has: string): Refusal {
  return { rule, subject, wants, has };
}

/** E1: ACTIVE, with a configuration that was found valid. */
function statusRefusals(provider: FleetProvider): Refusal[] {
  const refusals: Refusal[] = [];
  if (provider.status !== "ACTIVE") refusals.push(refuse("E1", "status", "ACTIVE", provider.status));
  if (provider.configErrors === null)
    refusals.push(refuse("E1", "config", "a validated configuration", "one not validated yet"));
  else if (provider.configErrors.length > 0) {
    const [first] = provider.configErrors;
    const text = [first?.path, first?.message].filter(Boolean).join(": ");
    refusals.push(
      refuse("E1", "config", "a valid configuration", `${provider.configErrors.length} problem(s), first ${text}`),
    );
  }
  return refusals;
}

/** E2: never checked counts as healthy, degraded is good enough. */
function healthRefusals({ health }: FleetProvider): Refusal[] {
  return health === "unhealthy" ? [refuse("E2", "health", "healthy or degraded", health)] : [];
}

/** E3 */
function slotRefusals({ activeWorkers, maxWorkers }: FleetProvider): Refusal[] {
  if (activeWorkers < maxWorkers) return [];
  return [refuse("E3", "active_workers", "a free slot", `${activeWorkers} of ${maxWorkers} taken`)];
}

const RESOURCE_NAMES = [
  ["cpuMillis", "cpu"],
  ["memoryBytes", "memory"],
  ["gpu", "gpu"],
] as const;

/** E4: what one worker may have, and what is left of the whole. Where the job is silent the provider's default counts. */
function resourceRefusals(job: Requirements, provider: FleetProvider): Refusal[] {
  return RESOURCE_NAMES.flatMap(([key, name]) => {
    const asked = job.resources[key] ?? provider.defaultResources[key] ?? 0;
    if (asked === 0) return [];
    const limit = limitPerWorker(provider, key);
    if (limit !== undefined && asked > limit) {
      return [refuse("E4", name, amount(key, asked), `${amount(key, limit)} per worker`)];
    }
    const total = provider.capabilities.total[key];
    if (total === undefined || asked + provider.reserved[key] <= total) return [];
    return [
      refuse(
        "E4",
        name,
        amount(key, asked),
        `${amount(key, Math.max(0, total - provider.reserved[key]))} left of ${amount(key, total)}`,
      ),
    ];
  });
}

/** Absent = no limit known, except that nobody has a GPU who does not say so. */
function limitPerWorker(provider: FleetProvider, key: keyof Resources): number | undefined {
  return provider.capabilities.perWorker[key] ?? (key === "gpu" ? 0 : undefined);
}

function amount(key: keyof Resources, value: number): string {
  if (key === "gpu") return String(value);
  if (key === "cpuMillis") return value % 1000 === 0 ? String(value / 1000) : `${value}m`;
  for (const [unit, size] of [
    ["Gi", 2 ** 30],
    ["Mi", 2 ** 20],
    ["Ki", 2 ** 10],
  ] as const) {
    if (value >= size) return value % size === 0 ? `${value / size}${unit}` : `${(value / size).toFixed(1)}${unit}`;
  }
  return String(value);
}

/** E5: type, architecture, longest run, and what the type can run at all. */
function typeRefusals(job: Requirements, provider: FleetProvider): Refusal[] {
  const refusals: Refusal[] = [];
  const { providerType, capabilities, longestRunSeconds } = provider;
  if (job.providerType !== null && job.providerType !== providerType) {
    refusals.push(refuse("E5", "provider_type", quote(job.providerType), quote(providerType)));
  }
  if (job.architecture !== null && job.architecture !== capabilities.architecture) {
    refusals.push(refuse("E5", "architecture", quote(job.architecture), quote(capabilities.architecture)));
  }
  if (job.timeoutSeconds !== null && longestRunSeconds !== null && job.timeoutSeconds > longestRunSeconds) {
    refusals.push(refuse("E5", "timeout_seconds", `${job.timeoutSeconds} s`, `${longestRunSeconds} s at most`));
  }
  if (job.hasImage && !provider.runsImages) {
    refusals.push(refuse("E5", "image", "a type that runs images", `type ${providerType}, which does not`));
  }
  if (!job.hasImage && provider.needsImage && !provider.hasDefaultImage) {
    refusals.push(refuse("E5", "image", "an image from the job or the provider's default_image", "neither"));
  }
  if (!job.hasCommand && !provider.takesPayload) {
    const has = `type ${providerType}, which ${providerType === "lambda" ? "takes one with a function_name only" : "does not"}`;
    refusals.push(refuse("E5", "payload", "a provider that takes a payload without a command", has));
  }
  return refusals;
}

/** E6 and E7: same key, same value, nothing trimmed. */
function pairRefusals(
  rule: "E6" | "E7",
  wanted: Readonly<Record<string, string>>,
  had: Readonly<Record<string, string>>,
): Refusal[] {
  return Object.entries(wanted).flatMap(([key, value]) => {
    const has = Object.hasOwn(had, key) ? had[key] : undefined;
    return has === value ? [] : [refuse(rule, key, quote(value), quote(has))];
  });
}

/** E8: an empty list on either side restricts nothing. */
function regionRefusals({ allowedRegions }: Requirements, provider: FleetProvider): Refusal[] {
  if (allowedRegions.length === 0 || provider.allowedRegions.length === 0) return [];
  if (intersects(allowedRegions, provider.allowedRegions)) return [];
  return [refuse("E8", "allowed_regions", `one of ${allowedRegions.join(", ")}`, provider.allowedRegions.join(", "))];
}

/** E9 */
function exclusionRefusals({ excludedProviders }: Requirements, { id }: FleetProvider): Refusal[] {
  if (!excludedProviders.includes(id)) return [];
  return [refuse("E9", "attempts", "a provider where no attempt failed", "a failed attempt of this job")];
}

export function intersects(left: readonly string[], right: readonly string[]): boolean {
  return left.some((item) => right.includes(item));
}

function quote(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}
