import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import {
  HealthStateSchema,
  type Provider,
  type ProviderConfig,
  ProviderConfigSchema,
  type ProviderHealth,
  ProviderHealthSchema,
  ProviderSchema,
  ProviderStatusSchema,
} from "@hodei/api/provider";
import type { schema } from "@hodei/store";
import { enumOf } from "../shared/enums.ts";
import { timestamp } from "../shared/timestamps.ts";

export type ProviderRow = typeof schema.providerConfigs.$inferSelect;
export type HealthRow = typeof schema.providerHealth.$inferSelect;

/** What an operator wrote, of a row or of an earlier version. */
export function configMessage(
  row: Pick<
    ProviderRow,
    | "name"
    | "providerType"
    | "config"
    | "priority"
    | "maxWorkers"
    | "preferredRegion"
    | "allowedRegions"
    | "requiredLabels"
    | "annotations"
  > & { status: string },
): ProviderConfig {
  return create(ProviderConfigSchema, {
    name: row.name,
    providerType: row.providerType,
    config: row.config as JsonObject,
    status: enumOf(ProviderStatusSchema, row.status),
    priority: row.priority,
    maxWorkers: row.maxWorkers,
    ...(row.preferredRegion !== null && { preferredRegion: row.preferredRegion }),
    allowedRegions: row.allowedRegions,
    requiredLabels: row.requiredLabels,
    annotations: row.annotations,
  });
}

function healthMessage(row: HealthRow | null): ProviderHealth {
  if (!row) return create(ProviderHealthSchema, { state: enumOf(HealthStateSchema, "unknown") });
  return create(ProviderHealthSchema, {
    state: enumOf(HealthStateSchema, row.health),
    code: row.code ?? "",
    cause: row.cause ?? "",
    fix: row.fix ?? "",
    detail: row.detail ?? "",
    latencyMs: row.latencyMs ?? 0,
    ...timestamp("checkedAt", row.checkedAt),
    ...timestamp("certificateExpiresAt", row.certificateExpiresAt),
  });
}

export function providerMessage(row: ProviderRow, health: HealthRow | null): Provider {
  const init: MessageInitShape<typeof ProviderSchema> = {
    id: row.id,
    config: configMessage(row),
    generation: BigInt(row.generation),
    activeWorkers: row.activeWorkers,
    health: healthMessage(health),
    statusReason: row.statusReason ?? "",
    configErrors: row.configErrors ?? [],
    validated: row.configErrors !== null,
    ...(row.capabilities !== null && { capabilities: row.capabilities as JsonObject }),
    reservedCpuMillis: BigInt(row.reservedCpuMillis),
    reservedMemoryBytes: BigInt(row.reservedMemoryBytes),
    reservedGpu: row.reservedGpu,
    ...timestamp("createdAt", row.createdAt),
    ...timestamp("updatedAt", row.updatedAt),
  };
  return create(ProviderSchema, init);
}
