import { advised, type Finding } from "./finding.ts";

/** PostgreSQL's codes for a column or a table that is not there. */
const MISSING = new Set(["42703", "42P01"]);

/** Goes on when one part cannot be examined: that is a finding too. */
export async function* guarded(area: Finding["area"], findings: AsyncIterable<Finding>): AsyncGenerator<Finding> {
  try {
    yield* findings;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const finding = { area, severity: "problem", text: `the ${area} could not be examined: ${reason}` } as const;
    if (MISSING.has(code)) yield advised("MIGRATION_MISSING", { ...finding, commands: ["hodei migrate"] });
    else yield { ...finding, fix: "mend what is said above first; then run doctor again", commands: ["hodei doctor"] };
  }
}
