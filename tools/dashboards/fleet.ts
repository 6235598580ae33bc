import type { Dashboard } from "./dashboard.ts";
import { ofProviders, providersBy, quantile } from "./promql.ts";

const ACTIVE = "hodei_provider_active_workers";
const MAX = "hodei_provider_max_workers";

export const fleet: Dashboard = {
  uid: "hodei-fleet",
  title: "Fleet",
  description: "Providers: their health, their capacity, and how much of it is used",
  traces: '{ name = "hodei.worker" }',
  panels: [
    {
      kind: "stat",
      title: "Providers",
      description: "Rows of provider_configs, by status. DISABLED and MAINTENANCE take no new work.",
      unit: "none",
      queries: [
        { expr: `sum by (status) (${ofProviders("hodei_provider_status", ["status"])})`, legend: "{{status}}" },
      ],
    },
    {
      kind: "stat",
      title: "Health",
      description: "Providers by health. `hodei doctor --provider NAME` says what is wrong with one and what to do.",
      unit: "none",
      queries: [
        { expr: `sum by (status) (${ofProviders("hodei_provider_health_status", ["status"])})`, legend: "{{status}}" },
      ],
    },
    {
      kind: "stat",
      title: "Workers",
      description: "Live workers of all providers, and how many all of them take at once",
      unit: "none",
      queries: [
        { expr: `sum(${ofProviders(ACTIVE)})`, legend: "active" },
        { expr: `sum(${ofProviders(MAX)})`, legend: "most" },
      ],
    },
    {
      kind: "stat",
      title: "Utilisation",
      description: "Share of all slots that is taken. At 100 % jobs wait: raise max_workers or add a provider.",
      unit: "percentunit",
      queries: [{ expr: `sum(${ofProviders(ACTIVE)}) / sum(${ofProviders(MAX)})`, legend: "taken" }],
      thresholds: { yellow: 0.8, red: 0.95 },
    },
    {
      kind: "state-timeline",
      title: "Health of each provider",
      description: "1 while the provider has that health. Nothing is drawn before its first check.",
      unit: "none",
      queries: [
        { expr: `${ofProviders("hodei_provider_health_status", ["status"])} == 1`, legend: "{{provider}} {{status}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Utilisation by provider",
      description: "Active workers over max_workers",
      unit: "percentunit",
      queries: [{ expr: `${ofProviders(ACTIVE)} / (${ofProviders(MAX)} > 0)`, legend: "{{provider}}" }],
    },
    {
      kind: "timeseries",
      title: "Utilisation by region",
      description: "By the providers' preferred region; those without one have an empty name",
      unit: "percentunit",
      queries: [{ expr: `${providersBy("region", ACTIVE)} / ${providersBy("region", MAX)}`, legend: "{{region}}" }],
    },
    {
      kind: "timeseries",
      title: "Active workers by provider",
      description: "Live workers: REQUESTED, STARTING and RUNNING rows of the ledger",
      unit: "none",
      stacked: true,
      queries: [{ expr: ofProviders(ACTIVE), legend: "{{provider}}" }],
    },
    {
      kind: "timeseries",
      title: "Free slots by provider type",
      description: "What each type of provider could still start",
      unit: "none",
      queries: [{ expr: `${providersBy("type", MAX)} - ${providersBy("type", ACTIVE)}`, legend: "{{type}}" }],
    },
    {
      kind: "timeseries",
      title: "Health check, p95",
      description: "How long a check takes. More than half of its timeout makes the provider degraded.",
      unit: "s",
      queries: [{ expr: quantile(0.95, "hodei_health_check_duration_seconds", ["provider"]), legend: "{{provider}}" }],
    },
    {
      kind: "timeseries",
      title: "Start of a worker, p95",
      description: "From the start call at the provider to the worker running, by provider type",
      unit: "s",
      queries: [{ expr: quantile(0.95, "hodei_worker_start_seconds", ["provider_type"]), legend: "{{provider_type}}" }],
    },
    {
      kind: "timeseries",
      title: "Certificates: days left",
      description: "Until the first certificate expires that the connection to a provider rests on",
      unit: "d",
      queries: [
        {
          expr: `(${ofProviders("hodei_provider_certificate_expiry_timestamp_seconds")} - time()) / 86400`,
          legend: "{{provider}}",
        },
      ],
    },
  ],
};
