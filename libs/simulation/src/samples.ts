/** Numbers, eight bytes each, of which percentiles are taken. */
export interface Samples {
  add(value: number): void;
  readonly values: Float64Array;
}

export function makeSamples(): Samples {
  let held = new Float64Array(64);
  let count = 0;
  return {
    add(value) {
      if (count === held.length) {
        const wider = new Float64Array(2 * count);
        wider.set(held);
        held = wider;
      }
      held[count] = value;
      count += 1;
    },
    get values() {
      return held.subarray(0, count);
    },
  };
}

/** How long jobs waited, in seconds. */
export interface Waits {
  p50: number;
  p95: number;
  p99: number;
  max: number;
  mean: number;
}

/** By nearest rank; all 0 where there are none. */
export function waitsOf(parts: readonly Float64Array[]): Waits {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  const share = (p: number) => all[Math.max(0, Math.ceil(all.length * p) - 1)] ?? 0;
  const mean = all.length === 0 ? 0 : all.reduce((sum, each) => sum + each, 0) / all.length;
  return { p50: share(0.5), p95: share(0.95), p99: share(0.99), max: share(1), mean };
}
