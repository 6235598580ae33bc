import type { FallbackStep } from "./decision.ts";
import { compareSlots, isEligibleAtRest, isEligibleNow, isWithinLimits, type Slot } from "./fleet-slot.ts";
import { fallbackSteps } from "./region-fallback.ts";
import type { Requirements } from "./requirements.ts";
import { forEachBit } from "./slot-set.ts";
import type { TraitIndex } from "./trait-index.ts";

/** In no tier: some rule that does not move by itself refuses it. */
const REFUSED = 255;
const NOBODY = -1;

/** Who wins a class, by which step of the region fallback, and whether E9 had to be dropped for it. */
interface Winner {
  slot: Slot;
  step: FallbackStep;
  exclusionsDropped: boolean;
}

/** What rankings are made from; slots and traits move on with the fleet. */
export interface RankedFleet {
  slots: readonly (Slot | undefined)[];
  traits: TraitIndex;
  capacity: number;
  /** Changes so far. */
  changes: number;
}

/**
 * The providers of a fleet ranked for one requirement class, as a tournament: a leaf for each slot, in each inner node the better of its
 * two children, so that a change costs the depth at most and the winner nothing.
 *
 * The region fallback is part of the rank: a provider's tier is the first step that keeps it. That is exact: where a step is the first with
 * anybody eligible, nobody whom it keeps was kept by an earlier one. E9 is not: jobs that failed at different
 * providers share a ranking, and only the branches that an excluded provider won are played again.
 */
export interface ClassRanking {
  /** The last change of the fleet that is in here. */
  seenUpTo: number;
  /** Looks at one slot again. */
  update(slot: Slot): void;
  /** The best, but for the providers of these ids while there is another (E9). */
  winner(excluded: readonly string[]): Winner | undefined;
}

export function makeClassRanking(job: Requirements, { slots, traits, capacity, changes }: RankedFleet): ClassRanking {
  const steps = fallbackSteps(job);
  const tiers = new Uint8Array(capacity).fill(REFUSED);
  const tree = new Int32Array(2 * capacity).fill(NOBODY);

  function tierOf(slot: Slot): number {
    if (slot.isGone || !isEligibleAtRest(job, slot)) return REFUSED;
    return firstStepThatKeeps(slot);
  }

  function firstStepThatKeeps({ provider }: Slot): number {
    let step = 0;
    while (step < steps.length - 1 && !steps[step]?.keeps(provider)) step += 1;
    return step;
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

  function bestOf(node: number): number {
    return better(tree[2 * node] ?? NOBODY, tree[2 * node + 1] ?? NOBODY);
  }

  function bestWithout(excluded: readonly string[], node: number): number {
    const best = tree[node] ?? NOBODY;
    if (best === NOBODY || !excluded.includes(slots[best]?.provider.id ?? "")) return best;
    if (node >= capacity) return NOBODY;
    return better(bestWithout(excluded, 2 * node), bestWithout(excluded, 2 * node + 1));
  }

  forEachBit(traits.candidates(job, capacity), (index) => {
    const slot = slots[index];
    if (!slot || !isWithinLimits(job, slot)) return;
    tiers[index] = firstStepThatKeeps(slot);
    tree[capacity + index] = leafOf(slot);
  });
  for (let node = capacity - 1; node > 0; node -= 1) tree[node] = bestOf(node);

  const ranking: ClassRanking = {
    seenUpTo: changes,
    update(slot) {
      const { index } = slot;
      if (slot.configuredAt > ranking.seenUpTo) tiers[index] = tierOf(slot);
      const leaf = leafOf(slot);
      if (leaf === NOBODY && tree[capacity + index] === NOBODY) return;
      tree[capacity + index] = leaf;
      for (let node = (capacity + index) >> 1; node > 0; node >>= 1) {
        const best = bestOf(node);
        // Neither before nor now the best of this part: whatever stands above does not know it.
        if (best === tree[node] && best !== index) return;
        tree[node] = best;
      }
    },
    winner(excluded) {
      const strict = bestWithout(excluded, 1);
      // E9 is dropped when nobody else is left.
      const slot = slots[strict === NOBODY ? (tree[1] ?? NOBODY) : strict];
      if (!slot) return undefined;
      const step = steps[tiers[slot.index] ?? 0]?.step ?? "R3";
      return { slot, step, exclusionsDropped: strict === NOBODY };
    },
  };
  return ranking;
}
