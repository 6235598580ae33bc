/** The quantile of a histogram, over all instances, by labels where some are named. */
export function quantile(q: number, histogram: string, by: readonly string[] = []): string {
  const labels = ["le", ...by].join(", ");
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket[$__rate_interval])))`;
}

/** Per second, over all instances. */
export function rate(counter: string, by: readonly string[] = []): string {
  return `sum ${by.length > 0 ? `by (${by.join(", ")}) ` : ""}(rate(${counter}[$__rate_interval]))`;
}

/** A gauge that each selector shows for the whole fleet: their maximum, not their sum. */
export function ofProviders(gauge: string, by: readonly string[] = []): string {
  return `max by (${["provider", ...by].join(", ")}) (${gauge})`;
}

/** A gauge of providers summed up by a label of hodei_provider_info. */
export function providersBy(label: "region" | "type", gauge: string): string {
  return `sum by (${label}) (${ofProviders(gauge)} * on (provider) group_left (${label}) ${ofProviders("hodei_provider_info", [label])})`;
}

/** p50, p95 and p99 as three lines. */
export function quantiles(histogram: string) {
  return [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, histogram), legend: `p${q * 100}` }));
}
