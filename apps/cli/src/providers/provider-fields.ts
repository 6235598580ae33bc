import type { Provider, ProviderHealth } from "@hodei/api/provider";
import { HealthState, ProviderStatus } from "@hodei/api/provider";
import { timeOf } from "../jobs/job-fields.ts";

/** A provider as `--json` has it: names of columns, `null` for what is not known. */
export function providerFields({ config, health, ...provider }: Provider) {
  return {
    id: provider.id,
    name: config?.name ?? "",
    providerType: config?.providerType ?? "",
    config: config?.config ?? {},
    status: statusOf(config?.status),
    priority: config?.priority ?? 0,
    maxWorkers: config?.maxWorkers ?? 0,
    activeWorkers: provider.activeWorkers,
    preferredRegion: config?.preferredRegion ?? null,
    allowedRegions: config?.allowedRegions ?? [],
    requiredLabels: config?.requiredLabels ?? {},
    annotations: config?.annotations ?? {},
    capabilities: provider.capabilities ?? {},
    reservedCpuMillis: Number(provider.reservedCpuMillis),
    reservedMemoryBytes: Number(provider.reservedMemoryBytes),
    reservedGpu: provider.reservedGpu,
    statusReason: provider.statusReason || null,
    configErrors: provider.validated ? provider.configErrors.map(({ path, message }) => ({ path, message })) : null,
    generation: Number(provider.generation),
    createdAt: timeOf(provider.createdAt),
    updatedAt: timeOf(provider.updatedAt),
    health: health ? healthFields(health) : null,
  };
}

function healthFields(health: ProviderHealth) {
  return {
    health: healthOf(health),
    code: health.code || null,
    cause: health.cause || null,
    fix: health.fix || null,
    detail: health.detail || null,
    latencyMs: health.latencyMs,
    checkedAt: timeOf(health.checkedAt),
    certificateExpiresAt: timeOf(health.certificateExpiresAt),
  };
}

export function statusOf(status: ProviderStatus | undefined): string {
  return ProviderStatus[status ?? ProviderStatus.UNSPECIFIED];
}

/** `healthy`, `unknown` … */
export function healthOf(health: ProviderHealth | undefined): string {
  return HealthState[health?.state || HealthState.UNKNOWN].toLowerCase();
}
