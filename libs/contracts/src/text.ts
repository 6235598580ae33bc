import { z } from "zod";

/** Text that PostgreSQL and every provider can hold: no NUL, no half surrogate pair, bounded. */
export function Text(maxLength: number, minLength = 0) {
  return z
    .string({ error: (issue) => `${describe(issue.input)} is not a string; write it in quotes` })
    .min(minLength, { error: "is empty; write a value or leave the key out" })
    .max(maxLength, { error: `is longer than ${maxLength} characters; shorten it` })
    .refine((text) => !text.includes("\0"), { error: "contains a NUL character; remove it" })
    .refine((text) => text.isWellFormed(), { error: "contains half of a surrogate pair; write valid Unicode" });
}

/** A map of short keys to text, bounded in entries. */
export function TextMap(maxEntries: number, maxValueLength: number) {
  return z
    .record(Text(317, 1), Text(maxValueLength), {
      error: (issue) =>
        issue.code === "invalid_type" ? `${describe(issue.input)} is not a map; write {"key": "value"}` : undefined,
    })
    .refine((map) => Object.keys(map).length <= maxEntries, { error: `has more than ${maxEntries} entries` });
}

/** A whole number in a range, with both ends named when it is missed. */
export function WholeNumber(min: number, max: number) {
  const error = (issue: { input?: unknown }) =>
    `${describe(issue.input)} is not a whole number from ${min} to ${max}; write one`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** How an offending value is quoted in a problem: JSON, cut at 80 characters. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
