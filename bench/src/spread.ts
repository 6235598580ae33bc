import { percentile } from "./percentile.ts";

export function medianOf(values: readonly number[]): number {
  return percentile(Float64Array.from(values), 0.5);
}

/** `3,472–4,713`, or nothing of a single value. */
export function rangeOf(values: readonly number[]): string {
  if (values.length < 2) return "";
  return `${formatValue(Math.min(...values))}–${formatValue(Math.max(...values))}`;
}

/** Three significant digits below a hundred, whole numbers above. */
export function formatValue(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
