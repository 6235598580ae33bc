import type { FallbackStep } from "./decision.ts";
import { compareSlots, isEligibleAtRest, isEligibleNow, type Slot } from "./fleet-slot.ts";
import { fallbackSteps } from "./region-fallback.ts";
import type { Requirements } from "./requirements.ts";

/** In no tier: some rule that does not move by itself refuses it. */
const REFUSED = 255;
const NOBODY = -1;
/** Tiers of the providers that no failed attempt excludes come first (E9). */
const EXCLUDED = 16;

/** Who wins a class, by which step of the region fallback, and whether E9 had to be dropped for it. */
interface Winner {
  slot: Slot;
  step: FallbackStep;
  exclusionsDropped: boolean;
}

/**
 * The providers of a fleet ranked for one requirement class, as a tournament: a leaf for each slot, in each inner node the better of its
 * two children, so that a change costs the depth at most and the winner nothing.
 *
 * The region fallback and E9 are part of the rank: a provider's tier is the first step that keeps it, behind all others when it is excluded.
 * That is exact: where a step is the first with anybody eligible, nobody whom it keeps was kept by an earlier one.
 */
export interface ClassRanking {
  /** The last change of the fleet that is in here. */
  seenUpTo: number;
  /** Looks at one slot again. */
  update(slot: Slot): void;
  winner(): Winner | undefined;
}

export function makeClassRanking(
  job: Requirements,
  slots: readonly (Slot | undefined)[],
  capacity: number,
  seenUpTo: number,
): ClassRanking {
  const anybody = job.excludedProviders.length === 0 ? job : { ...job, excludedProviders: [] };
  const steps = fallbackSteps(job);
  const tiers = new Uint8Array(capacity).fill(REFUSED);
  const tree = new Int32Array(2 * capacity).fill(NOBODY);

  function tierOf(slot: Slot): number {
    if (slot.isGone || !isEligibleAtRest(anybody, slot)) return REFUSED;
    const step = steps.findIndex(({ keeps }) => keeps(slot.provider));
    return job.excludedProviders.includes(slot.provider.id) ? step + EXCLUDED : step;
  }

  function leafOf(slot: Slot): number {
    return tiers[slot.index] !== REFUSED && isEligibleNow(job, slot) ? slot.index : NOBODY;
  }

  function better(left: number, right: number): number {
    if (left === NOBODY) return right;
    if (right === NOBODY) return left;
    const byTier = (tiers[left] ?? REFUSED) - (tiers[right] ?? REFUSED);
    if (byTier !== 0) return byTier < 0 ? left : right;
    const [a, b] = [slots[left], slots[right]];
    return a && b && compareSlots(a, b) > 0 ? right : left;
  }

  for (const slot of slots) {
    if (!slot) continue;
    tiers[slot.index] = tierOf(slot);
    tree[capacity + slot.index] = leafOf(slot);
  }
  for (let node = capacity - 1; node > 0; node -= 1)
    tree[node] = better(tree[2 * node] ?? NOBODY, tree[2 * node + 1] ?? NOBODY);

  const ranking: ClassRanking = {
    seenUpTo,
    update(slot) {
      const { index } = slot;
      if (slot.configuredAt > ranking.seenUpTo) tiers[index] = tierOf(slot);
      const leaf = leafOf(slot);
      if (leaf === NOBODY && tree[capacity + index] === NOBODY) return;
      tree[capacity + index] = leaf;
      for (let node = (capacity + index) >> 1; node > 0; node >>= 1) {
        const best = better(tree[2 * node] ?? NOBODY, tree[2 * node + 1] ?? NOBODY);
        // Neither before nor now the best of this part: whatever stands above does not know it.
        if (best === tree[node] && best !== index) return;
        tree[node] = best;
      }
    },
    winner() {
      const slot = slots[tree[1] ?? NOBODY];
      if (!slot) return undefined;
      const tier = tiers[slot.index] ?? 0;
      return { slot, step: steps[tier % EXCLUDED]?.step ?? "R3", exclusionsDropped: tier >= EXCLUDED };
    },
  };
  return ranking;
}
