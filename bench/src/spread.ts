import { percentile } from "./percentile.ts";

export function medianOf(values: readonly number[]): number {
  return percentile(Float64Array.from(values), 0.5);
}

/** `3,472–4,713`, or nothing of a single value. */
export function rangeOf(values: readonly number[]): string {
  if (values.length < 2) return "";
  return `${formatCount(Math.min(...values))}–${formatCount(Math.max(...values))}`;
}

function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en");
}
