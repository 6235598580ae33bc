import { CATALOGUE } from "./catalogue.ts";
import type { FailureCode } from "./failure-codes.ts";

/** What is known of a failure; each is left out where it is not. */
export interface FailureNames {
  provider?: string;
  /** `docker`, `kubernetes` …: picks the fix for that type alone. */
  providerType?: string;
  image?: string;
  namespace?: string;
}

/** What stands in the place of a name that is not known. */
const UNNAMED = {
  provider: "the provider",
  image: "of the job",
  namespace: "the namespace or account",
} as const;

/** Cause and fix in plain words, with the names filled in; a name that is not known reads naturally. Never throws. */
export function explainFailure(code: FailureCode, names: FailureNames): { cause: string; fix: string } {
  // One pass and a function: a provider may be called "{image}" or "$&".
  const fill = (text: string) =>
    text.replace(/\{(provider|image|namespace)\}/g, (_, name: keyof typeof UNNAMED) => names[name] || UNNAMED[name]);
  const { cause, fix, fixByType = {} } = CATALOGUE[code];
  const isKnownType = names.providerType !== undefined && Object.hasOwn(fixByType, names.providerType);
  return { cause: fill(cause), fix: fill((isKnownType && fixByType[names.providerType ?? ""]) || fix) };
}
