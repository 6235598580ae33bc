import { describe } from "@hodei/contracts";
import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** A length of time, `90`, `"90s"`, `"15m"`, `"2h"` or `"7d"`, as seconds. */
export const Seconds = z.unknown().transform((value, context): number => {
  const seconds = secondsIn(value);
  if (seconds !== undefined) return seconds;
  context.addIssue({
    code: "custom",
    message: `${describe(value)} is not a length of time; write for example 90, "15m", "2h" or "7d"`,
  });
  return z.NEVER;
});

function secondsIn(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  const [, amount, unit = ""] = (typeof value === "string" && /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(value)) || [];
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 1);
}
