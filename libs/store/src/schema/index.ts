export { cluster, leases, migrations } from "./bookkeeping.ts";
export { deadLetters } from "./dead-letters.ts";
export { jobs } from "./jobs.ts";
export { placements } from "./placements.ts";
export { providerConfigHistory } from "./provider-config-history.ts";
export { providerConfigs } from "./provider-configs.ts";
export { providerHealth, providerHealthChecks } from "./provider-health.ts";
export { providerTypes } from "./provider-types.ts";
export { type StoredRankKey, workers } from "./workers.ts";
