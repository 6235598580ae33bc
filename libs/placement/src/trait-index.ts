import type { FleetProvider } from "./fleet-provider.ts";
import type { Requirements } from "./requirements.ts";
import { makeSlotSet, type SlotSet } from "./slot-set.ts";

/**
 * Which slots have a trait: a type, an architecture, a label with its value, a region. What a job asks for is then an AND over a few sets,
 * 32 providers at a time. Says what `refusalsOf` says of E1, E5 (but for the longest run), E6, E7 and E8.
 */
export interface TraitIndex {
  add(index: number, provider: FleetProvider): void;
  remove(index: number, provider: FleetProvider): void;
  /** The slots that no trait keeps from the job, as bits of `capacity` slots. */
  candidates(job: Requirements, capacity: number): Uint32Array;
}

export function makeTraitIndex(): TraitIndex {
  const sets = new Map<string, SlotSet>();

  function intersect(mask: Uint32Array, trait: string): void {
    const set = sets.get(trait);
    if (set) set.intersect(mask);
    else mask.fill(0);
  }

  return {
    add(index, provider) {
      for (const trait of traitsOf(provider)) {
        const set = sets.get(trait) ?? makeSlotSet();
        sets.set(trait, set);
        set.add(index);
      }
    },
    remove(index, provider) {
      for (const trait of traitsOf(provider)) {
        const set = sets.get(trait);
        set?.delete(index);
        if (set?.isEmpty) sets.delete(trait);
      }
    },
    candidates(job, capacity) {
      const mask = new Uint32Array(Math.ceil(capacity / 32));
      sets.get(OPEN)?.unite(mask);
      for (const trait of traitsWanted(job)) intersect(mask, trait);
      if (job.allowedRegions.length > 0) {
        const allowed = new Uint32Array(mask.length);
        for (const trait of [ANYWHERE, ...job.allowedRegions.map(allows)]) sets.get(trait)?.unite(allowed);
        for (let word = 0; word < mask.length; word += 1) mask[word] = (mask[word] ?? 0) & (allowed[word] ?? 0);
      }
      return mask;
    },
  };
}

const OPEN = "open";
const ANYWHERE = "anywhere";
const RUNS_IMAGES = "images";
const NEEDS_NO_IMAGE = "no image";
const TAKES_PAYLOAD = "payload";
const ofType = (type: string) => `type ${type}`;
const ofArchitecture = (architecture: string) => `architecture ${architecture}`;
const allows = (region: string) => `region ${region}`;
/** The length tells key from value, whatever stands in them. */
const pair = (kind: string, key: string, value: string) => `${kind} ${key.length} ${key} ${value}`;

function traitsOf(provider: FleetProvider): Set<string> {
  const { status, configErrors, providerType, capabilities, allowedRegions, requiredLabels, annotations } = provider;
  const traits = new Set([ofType(providerType), ...allowedRegions.map(allows)]);
  if (status === "ACTIVE" && configErrors?.length === 0) traits.add(OPEN);
  if (capabilities.architecture) traits.add(ofArchitecture(capabilities.architecture));
  if (provider.runsImages) traits.add(RUNS_IMAGES);
  if (!provider.needsImage || provider.hasDefaultImage) traits.add(NEEDS_NO_IMAGE);
  if (provider.takesPayload) traits.add(TAKES_PAYLOAD);
  if (allowedRegions.length === 0) traits.add(ANYWHERE);
  for (const [key, value] of Object.entries(requiredLabels)) traits.add(pair("label", key, value));
  for (const [key, value] of Object.entries(annotations)) traits.add(pair("annotation", key, value));
  return traits;
}

function traitsWanted(job: Requirements): string[] {
  const traits = [job.hasImage ? RUNS_IMAGES : NEEDS_NO_IMAGE];
  if (job.providerType !== null) traits.push(ofType(job.providerType));
  if (job.architecture !== null) traits.push(ofArchitecture(job.architecture));
  if (!job.hasCommand) traits.push(TAKES_PAYLOAD);
  for (const [key, value] of Object.entries(job.requiredLabels)) traits.push(pair("label", key, value));
  for (const [key, value] of Object.entries(job.requiredAnnotations)) traits.push(pair("annotation", key, value));
  return traits;
}
