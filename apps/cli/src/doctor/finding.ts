import { ADVICE, type AdviceKey } from "@hodei/diagnostics";
import type { Remedy } from "@hodei/placement";

/** `problem` = something does not work; `warning` = it will not, or not well; `note` = as somebody wanted it; `ok` = looked at. */
export type Severity = "ok" | "note" | "warning" | "problem";

/** One thing that doctor looked at, in words that need no knowledge of how Hodei is made. */
export interface Finding {
  area: "database" | "nats" | "services" | "providers" | "jobs" | "ledger";
  severity: Severity;
  /** What is so, in one sentence. */
  text: string;
  /** A code of the failure catalogue. */
  code?: string;
  cause?: string;
  fix?: string;
  /** What to type, most helpful first; one that ends with `;` is SQL. */
  commands?: readonly string[];
  /** Ways out of which one is enough: what each does, and its command. */
  ways?: readonly Remedy[];
  /** What else to know, from the troubleshooting advice. */
  advice?: readonly AdviceKey[];
}

/** A problem of a known kind: cause and fix are the advice's. */
export function advised(
  key: AdviceKey,
  finding: Pick<Finding, "area" | "severity" | "text"> & Partial<Finding>,
): Finding {
  const { cause, fix } = ADVICE[key];
  return { cause, fix, ...finding, advice: [key, ...(finding.advice ?? [])] };
}

/** Exit code: 1 when something does not work (docs/operations). */
export function exitCodeOf(findings: readonly Finding[]): number {
  return findings.some(({ severity }) => severity === "problem") ? 1 : 0;
}
