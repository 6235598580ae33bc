export {
  type Decision,
  type Explanation,
  FALLBACK_STEPS,
  type FallbackStep,
  type ProviderExplanation,
  type RankKey,
  type Refusal,
  RULES,
  type Rule,
} from "./decision.ts";
export { formatRefusal, reasonOf, refusalsOf } from "./eligibility.ts";
export { explain } from "./explain.ts";
export { type Fleet, makeFleet } from "./fleet.ts";
export type { FleetProvider } from "./fleet-provider.ts";
export { placeNaively } from "./place-naively.ts";
export { shellWord, sqlText } from "./quote.ts";
export { type AskingJob, askingJob, type Remedy, remediesOf } from "./remedies.ts";
export { classKey, type Requirements, requirementsOf } from "./requirements.ts";
export { waysOut } from "./ways-out.ts";
