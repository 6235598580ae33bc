import type { JobSpec, Resources } from "@hodei/contracts";

/** What a job asks of a provider. Jobs with equal requirements share one requirement class, and so one decision. */
export interface Requirements {
  resources: Resources;
  providerType: string | null;
  architecture: string | null;
  /** Only where the job itself gives one (E5). */
  timeoutSeconds: number | null;
  hasImage: boolean;
  hasCommand: boolean;
  preferredRegion: string | null;
  allowedRegions: readonly string[];
  requiredLabels: Readonly<Record<string, string>>;
  requiredAnnotations: Readonly<Record<string, string>>;
  /** Ids of providers where an attempt of this job failed (E9). */
  excludedProviders: readonly string[];
}

/** Reads the requirements out of a job; order of regions, labels and exclusions does not matter and is sorted away. */
export function requirementsOf(spec: JobSpec, excludedProviders: readonly string[] = []): Requirements {
  return {
    resources: spec.resources,
    providerType: spec.providerType ?? null,
    architecture: spec.architecture ?? null,
    timeoutSeconds: spec.timeoutSeconds ?? null,
    hasImage: spec.image !== undefined,
    hasCommand: spec.command !== undefined,
    preferredRegion: spec.preferredRegion ?? null,
    allowedRegions: sorted(spec.allowedRegions),
    requiredLabels: sortedEntries(spec.requiredLabels),
    requiredAnnotations: sortedEntries(spec.requiredAnnotations),
    excludedProviders: sorted(excludedProviders),
  };
}

/** The identity of a requirement class: equal for equal requirements, whatever order they were written in. */
export function classKey(requirements: Requirements): string {
  const { resources } = requirements;
  return JSON.stringify([
    resources.cpuMillis ?? null,
    resources.memoryBytes ?? null,
    resources.gpu ?? null,
    requirements.providerType,
    requirements.architecture,
    requirements.timeoutSeconds,
    requirements.hasImage,
    requirements.hasCommand,
    requirements.preferredRegion,
    requirements.allowedRegions,
    Object.entries(requirements.requiredLabels),
    Object.entries(requirements.requiredAnnotations),
    requirements.excludedProviders,
  ]);
}

function sorted(items: readonly string[]): readonly string[] {
  return items.length < 2 ? items : [...new Set(items)].sort();
}

function sortedEntries(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const keys = Object.keys(map);
  return keys.length < 2 ? map : Object.fromEntries(keys.sort().map((key) => [key, map[key] ?? ""]));
}
