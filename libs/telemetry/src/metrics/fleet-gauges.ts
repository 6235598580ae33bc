import { HEALTH_STATES, type HealthState, PROVIDER_STATUSES, type ProviderStatus } from "@hodei/contracts";
import { Counter, Gauge } from "prom-client";
import { registers } from "./registry.ts";

/** A provider as its gauges show it. */
export interface MeasuredProvider {
  name: string;
  providerType: string;
  preferredRegion: string | null;
  status: ProviderStatus;
  activeWorkers: number;
  maxWorkers: number;
  health: HealthState;
}

const SHOWN_HEALTH = HEALTH_STATES.filter((state) => state !== "unknown");
let readFleet: () => readonly MeasuredProvider[] = () => [];
let failureCodes: readonly string[] = [];
const initialisedTypes = new Set<string>();

/** Where the provider gauges of this process come from, and every code that a worker can fail with. */
export function observeFleet(read: () => readonly MeasuredProvider[], codes: readonly string[] = []): void {
  readFleet = read;
  failureCodes = codes;
}

/** Read from their source at each scrape, so that a renamed or removed provider leaves no stale series. */
function providerGauge<Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[],
  show: (provider: MeasuredProvider, set: (labels: Record<Label, string>, value: number) => void) => void,
): void {
  new Gauge({
    name,
    help,
    labelNames: ["provider", ...labels],
    registers,
    collect() {
      this.reset();
      for (const provider of readFleet())
        show(provider, (values, value) => this.set({ provider: provider.name, ...values }, value));
    },
  });
}

providerGauge("hodei_provider_active_workers", "Live workers of a provider", [], ({ activeWorkers }, set) =>
  set({}, activeWorkers),
);
providerGauge("hodei_provider_max_workers", "Workers a provider takes at once", [], ({ maxWorkers }, set) =>
  set({}, maxWorkers),
);
providerGauge(
  "hodei_provider_health_status",
  "1 for the health a provider has, 0 for the others; all 0 before its first check",
  ["status"],
  ({ health }, set) => {
    for (const status of SHOWN_HEALTH) set({ status }, health === status ? 1 : 0);
  },
);
providerGauge(
  "hodei_provider_status",
  "1 for the status a provider's row has, 0 for the others",
  ["status"],
  (provider, set) => {
    for (const status of PROVIDER_STATUSES) set({ status }, provider.status === status ? 1 : 0);
  },
);
providerGauge(
  "hodei_provider_info",
  "1; the labels are a provider's type and preferred region (empty where it has none)",
  ["type", "region"],
  ({ providerType, preferredRegion }, set) => set({ type: providerType, region: preferredRegion ?? "" }, 1),
);

/** A series for each code from the moment that a provider of its type is there: a first failure is an increase. */
export const workerFailures = new Counter({
  name: "hodei_worker_failures_total",
  help: "Attempts that failed, by catalogue code and provider type",
  labelNames: ["code", "provider_type"],
  registers,
  collect() {
    for (const { providerType } of readFleet()) {
      if (initialisedTypes.has(providerType)) continue;
      initialisedTypes.add(providerType);
      for (const code of failureCodes) this.inc({ code, provider_type: providerType }, 0);
    }
  },
});
