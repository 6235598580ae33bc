import { invalidField } from "./refuse.ts";

const DEFAULT_SIZE = 100;
const LARGEST_SIZE = 1000;

/** How many to answer. @throws INVALID_ARGUMENT for a size that is none */
export function pageSizeOf(size: number): number {
  if (size < 0 || size > LARGEST_SIZE)
    throw invalidField("page_size", `${size} is not a page size; write 1 to ${LARGEST_SIZE}, or 0 for ${DEFAULT_SIZE}`);
  return size || DEFAULT_SIZE;
}

/** Where the next page starts, as clients carry it about. */
export function writeToken(after: readonly string[]): string {
  return Buffer.from(JSON.stringify(after)).toString("base64url");
}

/** @throws INVALID_ARGUMENT for a token that we did not write */
export function readToken(token: string, parts: number): string[] | undefined {
  if (token === "") return undefined;
  try {
    const after: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(after) && after.length === parts && after.every((part) => typeof part === "string")) return after;
  } catch {
    // Not JSON: refused below like every token that is not ours.
  }
  throw notOfThisList();
}

/** The one whole number that a token of such a list holds; `undefined` for the first page. @throws invalid argument for another list's token */
export function readNumberToken(token: string): number | undefined {
  const [text] = readToken(token, 1) ?? [];
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw notOfThisList();
}

function notOfThisList() {
  return invalidField("page_token", "is not a token of this list; use next_page_token of the page before, unchanged");
}
