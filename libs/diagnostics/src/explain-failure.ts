import { CATALOGUE } from "./catalogue.ts";
import type { FailureCode } from "./failure-codes.ts";
import { FIXES_BY_TYPE } from "./fixes-by-type.ts";

/** What is known of a failure; each is left out where it is not. */
export interface FailureNames {
  provider?: string;
  /** `docker`, `kubernetes` …: picks the fix for that type alone. */
  providerType?: string;
  image?: string;
  namespace?: string;
  /** The id of the job that failed. */
  job?: string;
}

/** What stands in the place of a name that is not known. */
const UNNAMED = {
  provider: "the provider",
  image: "of the job",
  namespace: "the namespace or account",
  job: "JOB",
} as const;

/** Cause and fix in plain words, with the names filled in; a name that is not known reads naturally. Never throws. */
export function explainFailure(code: FailureCode, names: FailureNames): { cause: string; fix: string } {
  // One pass and a function: a provider may be called "{image}" or "$&".
  const fill = (text: string) =>
    text.replace(
      /\{(provider|image|namespace|job)\}/g,
      (_, name: keyof typeof UNNAMED) => names[name] || UNNAMED[name],
    );
  const { cause, fix } = CATALOGUE[code];
  return { cause: fill(cause), fix: fill(fixForType(code, names.providerType) ?? fix) };
}

/** A provider type may be called anything, `constructor` too. */
function fixForType(code: FailureCode, type: string | undefined): string | undefined {
  const { fixByType = {} } = CATALOGUE[code];
  if (type === undefined) return undefined;
  if (Object.hasOwn(fixByType, type)) return fixByType[type];
  return Object.hasOwn(FIXES_BY_TYPE, type) ? FIXES_BY_TYPE[type]?.[code] : undefined;
}
