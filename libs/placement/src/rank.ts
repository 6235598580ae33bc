import type { RankKey } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";

/**
 * Negative when `a` goes before `b` (design §4 "Rank"): priority, utilisation, health, name. The id comes last, so that equal input has one
 * answer even while two rows briefly share a name.
 */
export function compareRank(a: FleetProvider, b: FleetProvider): number {
  return (
    b.priority - a.priority ||
    compareUtilisation(a, b) ||
    healthRank(a) - healthRank(b) ||
    compareText(a.name, b.name) ||
    compareText(a.id, b.id)
  );
}

/** By cross-multiplication, so that 1/3 and 2/6 are equal; the counts are 32-bit integers, and a product beyond 2^53 is taken with big integers. */
function compareUtilisation(a: FleetProvider, b: FleetProvider): number {
  const left = a.activeWorkers * b.maxWorkers;
  const right = b.activeWorkers * a.maxWorkers;
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right;
  const exactLeft = BigInt(a.activeWorkers) * BigInt(b.maxWorkers);
  const exactRight = BigInt(b.activeWorkers) * BigInt(a.maxWorkers);
  return exactLeft < exactRight ? -1 : exactLeft > exactRight ? 1 : 0;
}

/** Never checked ranks as healthy. */
function healthRank({ health }: FleetProvider): number {
  return health === "degraded" ? 1 : 0;
}

/** By code unit, the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function rankKeyOf({ priority, activeWorkers, maxWorkers, health, name }: FleetProvider): RankKey {
  return { priority, activeWorkers, maxWorkers, health, name };
}
