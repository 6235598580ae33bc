import { percentile } from "../percentile.ts";
import type { Measure } from "../result.ts";

/** The median and the 99th percentile of delays in milliseconds. */
export function delayMeasures(
  name: string,
  delays: Float64Array,
  aims: { p50?: string; p99?: string } = {},
): Measure[] {
  const of = `of ${delays.length} jobs`;
  const beside = (aim: string | undefined) => (aim ? `${aim}; ${of}` : of);
  return [
    { name: `${name}, p50`, value: percentile(delays, 0.5), unit: "ms", beside: beside(aims.p50) },
    { name: `${name}, p99`, value: percentile(delays, 0.99), unit: "ms", beside: beside(aims.p99) },
  ];
}
