import { refusalsOf } from "./eligibility.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { hashText, type Words } from "./fleet-version.ts";
import { compareRank } from "./rank.ts";
import type { Requirements } from "./requirements.ts";

/** A provider in the fleet: its own copy, changed in place, with what decisions would otherwise work out again and again. */
export interface Slot {
  /** Its place in every class ranking; given to another provider only after this one was removed. */
  readonly index: number;
  provider: FleetProvider;
  /** The provider as if nothing that moves by itself spoke against it: healthy, free, with nothing reserved. */
  still: FleetProvider;
  /** What does not move by itself, as text. */
  configuration: string;
  configurationHash: Words;
  /** What it adds to the fleet's version now. */
  versionWords: Words;
  /** `activeWorkers / maxWorkers`, rounded: where two differ, they differ the same way exactly. */
  utilisation: number;
  /** The change that last touched its configuration; a ranking older than that looks at it anew. */
  configuredAt: number;
  isGone: boolean;
}

export function makeSlot(index: number, given: FleetProvider, configuration: string, change: number): Slot {
  const provider = { ...given, reserved: { ...given.reserved } };
  return {
    index,
    provider,
    still: stillOf(provider),
    configuration,
    configurationHash: hashText(configuration),
    versionWords: [0, 0, 0, 0],
    utilisation: provider.activeWorkers / provider.maxWorkers,
    configuredAt: change,
    isGone: false,
  };
}

/** Everything of a provider but its load and health. */
export function configurationOf(provider: FleetProvider): string {
  return JSON.stringify({ ...provider, activeWorkers: 0, reserved: 0, health: 0 });
}

function stillOf(provider: FleetProvider): FleetProvider {
  return {
    ...provider,
    health: "healthy",
    activeWorkers: 0,
    maxWorkers: 1,
    reserved: { cpuMillis: 0, memoryBytes: 0, gpu: 0 },
    capabilities: { ...provider.capabilities, total: {} },
  };
}

/** The rules that only a change of configuration can answer differently: E1, E4 per worker, E5–E8. E9 is the caller's. */
export function isEligibleAtRest(job: Requirements, { still }: Slot): boolean {
  return refusalsOf(job, still).length === 0;
}

/** The numbers among them, E4 per worker and E5's longest run; `TraitIndex` knows the others. */
export function isWithinLimits({ resources, timeoutSeconds }: Requirements, { provider }: Slot): boolean {
  const { defaultResources, longestRunSeconds } = provider;
  const { perWorker } = provider.capabilities;
  if (timeoutSeconds !== null && longestRunSeconds !== null && timeoutSeconds > longestRunSeconds) return false;
  return (
    fits(resources.cpuMillis ?? defaultResources.cpuMillis, 0, perWorker.cpuMillis) &&
    fits(resources.memoryBytes ?? defaultResources.memoryBytes, 0, perWorker.memoryBytes) &&
    fits(resources.gpu ?? defaultResources.gpu, 0, perWorker.gpu ?? 0)
  );
}

/** The rules that move by themselves: E2, E3, and what is left of the whole (E4). */
export function isEligibleNow({ resources }: Requirements, { provider }: Slot): boolean {
  const { health, activeWorkers, maxWorkers, reserved, defaultResources, capabilities } = provider;
  if (health === "unhealthy" || activeWorkers >= maxWorkers) return false;
  const { total } = capabilities;
  return (
    fits(resources.cpuMillis ?? defaultResources.cpuMillis, reserved.cpuMillis, total.cpuMillis) &&
    fits(resources.memoryBytes ?? defaultResources.memoryBytes, reserved.memoryBytes, total.memoryBytes) &&
    fits(resources.gpu ?? defaultResources.gpu, reserved.gpu, total.gpu)
  );
}

function fits(asked = 0, reserved: number, total: number | undefined): boolean {
  return asked === 0 || total === undefined || asked + reserved <= total;
}

/** `compareRank`, without its exact arithmetic where the rounded utilisations already differ. */
export function compareSlots(a: Slot, b: Slot): number {
  if (a.provider.priority !== b.provider.priority) return b.provider.priority - a.provider.priority;
  if (a.utilisation < b.utilisation) return -1;
  if (a.utilisation > b.utilisation) return 1;
  return compareRank(a.provider, b.provider);
}
