/** Growing waits with jitter: each call answers the next one, in milliseconds. */
export interface Backoff {
  next(): number;
  reset(): void;
}

/** Doubles from `firstMs` to `longestMs`; each wait is drawn from its upper half, so that many do not come back at once. */
export function makeBackoff(firstMs: number, longestMs: number): Backoff {
  let failures = 0;
  return {
    next() {
      const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return full / 2 + (full / 2) * Math.random();
    },
    reset() {
      failures = 0;
    },
  };
}
