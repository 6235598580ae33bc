/** Where needles stand in a text: start and end of each stretch, ascending; stretches that overlap are one. */
export type FindNeedles = (text: string) => number[];

const TABLE_SIZE = 0x4000;
const BLOCK = 2;

/**
 * Searches for all needles in one pass, whose cost hardly grows with their number. The algorithm is Wu and Manber's (1994): a table says by
 * the last two characters of a window how far it may move; only where that is nought are the needles themselves compared. Pure.
 * @param needles each of at least two characters
 */
export function makeFindNeedles(needles: readonly string[]): FindNeedles {
  if (needles.length === 0) return () => [];
  const window = Math.min(...needles.map((needle) => needle.length), 250);
  const shifts = new Uint8Array(TABLE_SIZE).fill(window - BLOCK + 1);
  const buckets = new Map<number, string[]>();
  for (const needle of needles) {
    for (let end = BLOCK; end <= window; end += 1) {
      const block = blockBefore(needle, end);
      shifts[block] = Math.min(shifts[block] ?? 0, window - end);
    }
    const last = blockBefore(needle, window);
    buckets.set(last, [...(buckets.get(last) ?? []), needle]);
  }
  for (const bucket of buckets.values()) bucket.sort((a, b) => b.length - a.length);

  return (text) => {
    const found: number[] = [];
    for (let end = window; end <= text.length; ) {
      const block = blockBefore(text, end);
      const shift = shifts[block] ?? 1;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const start = end - window;
      // The longest first: what is shorter lies within it.
      const needle = buckets.get(block)?.find((each) => text.startsWith(each, start));
      if (needle !== undefined) addStretch(found, start, start + needle.length);
      end += 1;
    }
    return found;
  };
}

function blockBefore(text: string, end: number): number {
  return ((text.charCodeAt(end - 2) << 7) ^ text.charCodeAt(end - 1)) & (TABLE_SIZE - 1);
}

function addStretch(found: number[], start: number, end: number): void {
  const lastEnd = found.at(-1);
  if (lastEnd === undefined || start >= lastEnd) found.push(start, end);
  else if (end > lastEnd) found[found.length - 1] = end;
}
