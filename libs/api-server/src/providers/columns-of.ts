import type { FieldMask } from "@bufbuild/protobuf/wkt";
import { type ProviderConfig, ProviderStatus, ProviderStatusSchema } from "@hodei/api/provider";
import type { ProviderStatus as StoredStatus } from "@hodei/contracts";
import type { schema } from "@hodei/store";
import { wordOf } from "../shared/enums.ts";
import { invalidField } from "../shared/refuse.ts";

export type ProviderColumns = Partial<typeof schema.providerConfigs.$inferInsert>;

type Field = keyof typeof COLUMNS;

/** Each field of the message as its column; `undefined` where the message does not say. */
const COLUMNS = {
  name: (config: ProviderConfig) => ({ name: config.name }),
  provider_type: (config) => ({ providerType: config.providerType }),
  config: (config) => ({ config: (config.config ?? {}) as Record<string, unknown> }),
  status: (config) => ({ status: statusOf(config) }),
  priority: (config) => ({ priority: config.priority ?? 0 }),
  max_workers: (config) => ({ maxWorkers: config.maxWorkers ?? 10 }),
  preferred_region: (config) => ({ preferredRegion: config.preferredRegion || null }),
  allowed_regions: (config) => ({ allowedRegions: config.allowedRegions }),
  required_labels: (config) => ({ requiredLabels: config.requiredLabels }),
  annotations: (config) => ({ annotations: config.annotations }),
} satisfies Record<string, (config: ProviderConfig) => ProviderColumns>;

/** The columns a change touches: those in the mask, or all fields that are set. @throws INVALID_ARGUMENT for a path that is no field */
export function columnsOf(config: ProviderConfig, mask: FieldMask | undefined): ProviderColumns {
  const fields = mask && mask.paths.length > 0 ? mask.paths.map(fieldOf) : setFieldsOf(config);
  return Object.assign({}, ...fields.map((field) => COLUMNS[field](config))) as ProviderColumns;
}

function fieldOf(path: string): Field {
  const field = path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (Object.hasOwn(COLUMNS, field)) return field as Field;
  throw invalidField(
    "update_mask",
    `${JSON.stringify(path)} is no field; write one of ${Object.keys(COLUMNS).join(", ")}`,
  );
}

function setFieldsOf(config: ProviderConfig): Field[] {
  const isSet: Record<Field, boolean> = {
    name: config.name !== "",
    provider_type: config.providerType !== "",
    config: config.config !== undefined,
    status: config.status !== ProviderStatus.UNSPECIFIED,
    priority: config.priority !== undefined,
    max_workers: config.maxWorkers !== undefined,
    preferred_region: config.preferredRegion !== undefined,
    allowed_regions: config.allowedRegions.length > 0,
    required_labels: Object.keys(config.requiredLabels).length > 0,
    annotations: Object.keys(config.annotations).length > 0,
  };
  return (Object.keys(isSet) as Field[]).filter((field) => isSet[field]);
}

function statusOf({ status }: ProviderConfig): StoredStatus {
  const word = wordOf(ProviderStatusSchema, status);
  if (word === "UNHEALTHY")
    throw invalidField(
      "config.status",
      "UNHEALTHY is the health service's word; write ACTIVE, DISABLED or MAINTENANCE",
    );
  return (word ?? "ACTIVE") as StoredStatus;
}
