import type { Decision } from "./decision.ts";
import { refusalsOf } from "./eligibility.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { compareRank, rankKeyOf } from "./rank.ts";
import { fallbackSteps } from "./region-fallback.ts";
import type { Requirements } from "./requirements.ts";

/**
 * Picks the provider for one job, reading like design §4: filter, region fallback, rank. Equal input, equal answer; the order of `providers`
 * does not matter. What the fast `Fleet` must agree with.
 */
export function placeNaively(job: Requirements, providers: readonly FleetProvider[]): Decision {
  const strict = choose(job, providers);
  if (strict.placed || job.excludedProviders.length === 0) return strict;
  // E9 is dropped when nobody else is left.
  const relaxed = choose({ ...job, excludedProviders: [] }, providers);
  return relaxed.placed ? { ...relaxed, exclusionsDropped: true } : relaxed;
}

function choose(job: Requirements, providers: readonly FleetProvider[]): Decision {
  const eligible = providers.filter((provider) => refusalsOf(job, provider).length === 0);
  for (const { step, keeps } of fallbackSteps(job)) {
    const best = eligible.filter(keeps).sort(compareRank)[0];
    if (best) return { placed: true, providerId: best.id, step, rank: rankKeyOf(best), exclusionsDropped: false };
  }
  return { placed: false };
}
