import { REFUSAL_REASONS, type RefusalReason } from "@hodei/contracts";
import type { Explanation, ProviderExplanation } from "./decision.ts";
import { reasonOf, refusalsOf } from "./eligibility.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { placeNaively } from "./place-naively.ts";
import { compareRank, compareText } from "./rank.ts";
import type { Requirements } from "./requirements.ts";

/** Why a job is placed where it is, or why nobody fits: every provider with every rule it failed, near misses first (design §4). */
export function explain(
  job: Requirements,
  providers: readonly FleetProvider[],
  { limit }: { limit: number },
): Explanation {
  const lines = providers.map((provider) => ({ provider, refusals: refusalsOf(job, provider) }));
  lines.sort(
    (a, b) =>
      a.refusals.length - b.refusals.length ||
      (a.refusals.length === 0 ? compareRank(a.provider, b.provider) : compareText(a.provider.name, b.provider.name)),
  );
  const refusedBy = Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])) as Record<RefusalReason, number>;
  for (const { refusals } of lines) for (const reason of new Set(refusals.map(reasonOf))) refusedBy[reason] += 1;
  const decision = placeNaively(job, providers);
  const nearest = lines.find(({ refusals }) => refusals.length > 0)?.refusals[0];
  return {
    decision,
    candidates: providers.length,
    eligible: lines.filter(({ refusals }) => refusals.length === 0).length,
    refusedBy,
    providers: lines
      .slice(0, limit)
      .map(
        ({ provider, refusals }): ProviderExplanation => ({ providerId: provider.id, name: provider.name, refusals }),
      ),
    omitted: Math.max(0, lines.length - limit),
    nearestReason: !decision.placed && nearest ? reasonOf(nearest) : null,
    hints: hintsOf(
      job,
      lines.slice(0, limit).map((line) => line.provider),
    ),
  };
}

/** Hints kept at most. */
const MAX_HINTS = 10;

/** Labels and annotations that differ only by letter case or surrounding spaces: the mistake nobody sees. */
function hintsOf(job: Requirements, providers: readonly FleetProvider[]): string[] {
  const hints = new Set<string>();
  for (const provider of providers) {
    for (const hint of nearPairs("label", job.requiredLabels, provider.requiredLabels, provider.name)) hints.add(hint);
    for (const hint of nearPairs("annotation", job.requiredAnnotations, provider.annotations, provider.name))
      hints.add(hint);
    if (hints.size >= MAX_HINTS) break;
  }
  return [...hints].slice(0, MAX_HINTS);
}

function nearPairs(
  kind: string,
  wanted: Readonly<Record<string, string>>,
  had: Readonly<Record<string, string>>,
  provider: string,
): string[] {
  return Object.entries(wanted).flatMap(([key, value]) =>
    Object.entries(had).flatMap(([otherKey, otherValue]) => {
      const isSame = key === otherKey && value === otherValue;
      const isNear = fold(key) === fold(otherKey) && fold(value) === fold(otherValue);
      if (isSame || !isNear) return [];
      const left = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
      const right = `${JSON.stringify(otherKey)}: ${JSON.stringify(otherValue)}`;
      return [
        `${kind} ${left} and ${right} on ${provider} differ only by case or spaces; they must be equal to the letter`,
      ];
    }),
  );
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
