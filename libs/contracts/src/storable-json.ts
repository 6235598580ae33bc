import { z } from "zod";

/** JSON that PostgreSQL can hold: `jsonb` has neither NUL nor half surrogate pairs, in no text and in no key. */
export const StorableJson = z.json().superRefine((value, context) => {
  const path = pathOfUnstorable(value);
  if (path) context.addIssue({ code: "custom", path, message: "contains a NUL or half a surrogate pair; remove it" });
});

/** The same value with what cannot be held replaced: for what came from others and is kept as far as it can be. */
export function storable(value: z.core.util.JSONType): z.core.util.JSONType {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [storableText(key), storable(each)]));
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

function pathOfUnstorable(value: unknown): (string | number)[] | undefined {
  if (typeof value === "string") return storableText(value) === value ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    const name = Array.isArray(value) ? Number(key) : storableText(key);
    if (name !== key && typeof name === "string") return [name];
    const rest = pathOfUnstorable(each);
    if (rest) return [name, ...rest];
  }
  return undefined;
}
