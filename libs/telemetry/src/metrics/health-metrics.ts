import { Gauge, Histogram } from "prom-client";
import { registers, SECONDS } from "./registry.ts";

/** A provider's name and the earliest end of a certificate that its connection rests on. */
export interface CheckedProvider {
  name: string;
  certificateExpiresAt: Date | null;
}

let readProviders: (() => Promise<readonly CheckedProvider[]>) | undefined;
const measured = new Set<string>();

/** Where this process reads at each scrape which providers there are. */
export function observeProviders(read: () => Promise<readonly CheckedProvider[]>): void {
  readProviders = read;
}

const healthCheckSeconds = new Histogram({
  name: "hodei_health_check_duration_seconds",
  help: "Duration of a provider's health check",
  labelNames: ["provider"],
  buckets: SECONDS,
  registers,
});

export function observeHealthCheck(provider: string, seconds: number): void {
  measured.add(provider);
  healthCheckSeconds.observe({ provider }, seconds);
}

new Gauge({
  name: "hodei_provider_certificate_expiry_timestamp_seconds",
  help: "When the first certificate that a provider's connection rests on expires, in seconds since 1970",
  labelNames: ["provider"],
  registers,
  async collect() {
    // Without the database nothing new is known: what was shown stays.
    const providers = await readProviders?.().catch(() => undefined);
    if (!providers) return;
    this.reset();
    for (const { name, certificateExpiresAt } of providers)
      if (certificateExpiresAt) this.set({ provider: name }, certificateExpiresAt.getTime() / 1000);
    forgetAllBut(new Set(providers.map((provider) => provider.name)));
  },
});

/** A provider that was renamed or removed leaves no series behind. */
function forgetAllBut(known: ReadonlySet<string>): void {
  for (const provider of measured) {
    if (known.has(provider)) continue;
    measured.delete(provider);
    healthCheckSeconds.remove({ provider });
  }
}
