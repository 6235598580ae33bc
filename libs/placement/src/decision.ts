import type { RefusalReason } from "@hodei/contracts";

/** The rules of design §4, by the letter that tests and explanations quote. */
export const RULES = ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9"] as const;
export type Rule = (typeof RULES)[number];

/** Why a provider was refused: the rule, what of it, and both sides. Reads: `E6 environment: wants "production", has "staging"`. */
export interface Refusal {
  rule: Rule;
  /** What the rule looked at: `status`, `active_workers`, `memory`, a label's key … */
  subject: string;
  wants: string;
  has: string;
}

/** Which step of the region fallback chose: R1 preferred, R1b allowed contains preferred, R2 allowed, R3 all. */
export const FALLBACK_STEPS = ["R1-preferred", "R1-allowed", "R2", "R3"] as const;
export type FallbackStep = (typeof FALLBACK_STEPS)[number];

/** The key the winner won by; lower-cased names are the columns of a decision table. */
export interface RankKey {
  priority: number;
  activeWorkers: number;
  maxWorkers: number;
  health: string;
  name: string;
}

export type Decision =
  | { placed: true; providerId: string; step: FallbackStep; rank: RankKey; exclusionsDropped: boolean }
  | { placed: false };

/** One provider's line in an explanation. `refusals` empty = eligible. */
export interface ProviderExplanation {
  providerId: string;
  name: string;
  refusals: Refusal[];
}

/** The decision with its reasons; near misses (one refusal) first, bounded to `providers.length` entries. */
export interface Explanation {
  decision: Decision;
  /** Providers seen and eligible ones. */
  candidates: number;
  eligible: number;
  /** Providers refused, by reason (each failed reason of a provider counts once). */
  refusedBy: Record<RefusalReason, number>;
  /** Eligible first in rank order, then by number of refusals, then by name. */
  providers: ProviderExplanation[];
  /** Providers left out of `providers` by the bound. */
  omitted: number;
  /** Reason of the nearest miss, for the metric; `null` when placed or when there are no providers. */
  nearestReason: RefusalReason | null;
  /** Pairs that differ only by letter case or surrounding spaces: what the job wants, what the provider has. */
  hints: string[];
}
