import { ADVICE, type AdviceKey, explainFailure, failureCodeOf } from "@hodei/diagnostics";
import type { Finding } from "./finding.ts";
import { advised } from "./finding.ts";

/** What PostgreSQL, a person or a log says of settings, placement and schema; failures of workers are read by the catalogue. */
const WORDS: readonly (readonly [RegExp, AdviceKey])[] = [
  [/column .* already exists/i, "COLUMN_EXISTS"],
  [/(column|relation) .* does not exist/i, "MIGRATION_MISSING"],
  [/invalid input syntax for type json|json syntax|trailing comma|unexpected token .* json/i, "JSON_SYNTAX"],
  [/provider_type .* is not (lower case|a provider type)/i, "PROVIDER_TYPE"],
  [/password authentication failed|authorization violation|invalid url|connection string/i, "CONNECTION_STRING"],
  [/is missing; write|is missing$/i, "MISSING_FIELDS"],
  [/no available providers/i, "NOT_SELECTED"],
];

/** What an error text means, wherever it was seen: `hodei doctor --error TEXT`. */
export function readError(text: string): Finding {
  const seen = { area: "services", severity: "note", text: `"${text.slice(0, 300)}"` } as const;
  const key = WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? adviceBySymptom(text);
  if (key) return advised(key, { ...seen, commands: [ADVICE[key].look] });
  const code = failureCodeOf(text);
  if (code) return { ...seen, code, ...explainFailure(code, {}) };
  return { ...seen, fix: "this text means nothing to Hodei; look it up in docs/failures.md, or run: hodei doctor" };
}

function adviceBySymptom(text: string): AdviceKey | undefined {
  const said = text.toLowerCase();
  return (Object.keys(ADVICE) as AdviceKey[]).find((key) =>
    ADVICE[key].symptoms.some((symptom) => symptom.length > 4 && said.includes(symptom.toLowerCase())),
  );
}
