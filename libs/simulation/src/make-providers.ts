import { isBuiltInProviderType, PROVIDER_TYPE_TRAITS } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { FleetProvider } from "@hodei/placement";
import { makeSampler } from "./distribution.ts";
import type { FleetGroup } from "./simulation-file.ts";

/** What a group's providers have in common beside their rows: how starts go, and when they are away. */
interface Behaviour {
  drawStartSeconds: () => number;
  startFailureRate: number;
  startFailureCode: FailureCode;
  /** Random outages of each provider; absent = none. */
  outages?: { perDay: number; drawSeconds: () => number; workersAreLost: boolean };
}

export interface SimulatedProvider {
  group: string;
  provider: FleetProvider;
  behaviour: Behaviour;
}

/** The providers of all groups; ids and names follow from the file, sizes from chance where a range is given. */
export function makeProviders(groups: readonly FleetGroup[], chance: () => number): SimulatedProvider[] {
  return groups.flatMap((group) => {
    const behaviour = behaviourOf(group, chance);
    return Array.from({ length: group.count }, (_, i) => ({
      group: group.name,
      provider: providerOf(group, i, chance),
      behaviour,
    }));
  });
}

function behaviourOf(group: FleetGroup, chance: () => number): Behaviour {
  return {
    drawStartSeconds: makeSampler(group.start, chance),
    startFailureRate: group.start_failure_rate,
    startFailureCode: group.start_failure_code,
    ...(group.outages && {
      outages: {
        perDay: group.outages.per_day,
        drawSeconds: makeSampler(group.outages.duration, chance),
        workersAreLost: group.outages.workers === "lost",
      },
    }),
  };
}

function providerOf(group: FleetGroup, i: number, chance: () => number): FleetProvider {
  const name =
    group.count === 1 ? group.name : `${group.name}-${String(i + 1).padStart(String(group.count).length, "0")}`;
  const type = group.provider_type;
  const traits = PROVIDER_TYPE_TRAITS[isBuiltInProviderType(type) ? type : "simulated"];
  return {
    id: name,
    name,
    providerType: type,
    status: "ACTIVE",
    configErrors: [],
    health: "healthy",
    priority: group.priority,
    maxWorkers: sizeOf(group.max_workers, chance),
    activeWorkers: 0,
    preferredRegion: group.preferred_region[i % group.preferred_region.length] ?? null,
    allowedRegions: group.allowed_regions,
    requiredLabels: group.required_labels,
    annotations: group.annotations,
    capabilities: group.config.capabilities ?? { perWorker: {}, total: {} },
    defaultResources: group.config.default_resources ?? {},
    reserved: { cpuMillis: 0, memoryBytes: 0, gpu: 0 },
    longestRunSeconds: traits.longestRunSeconds ?? null,
    runsImages: traits.runsImages,
    // Nobody writes images into a simulation: a group has what its jobs need.
    needsImage: false,
    takesPayload: traits.takesPayload,
    hasDefaultImage: true,
    generation: 1,
  };
}

function sizeOf(size: FleetGroup["max_workers"], chance: () => number): number {
  return typeof size === "number" ? size : size.min + Math.floor(chance() * (size.max - size.min + 1));
}
