import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ProviderConfig, ProviderConfigSchema, ProviderStatus } from "@hodei/api/provider";
import type { ProviderFile } from "./provider-file.ts";

/** Some of the columns. */
export type SomeColumns = { [Key in keyof ProviderFile]?: ProviderFile[Key] | undefined };

/** Columns as the API has them, and which of them are meant: one that is set to nothing is meant as well. */
export function configOf(columns: SomeColumns): { config: ProviderConfig; updateMask: { paths: string[] } } {
  const init: MessageInitShape<typeof ProviderConfigSchema> = {
    ...(columns.name !== undefined && { name: columns.name }),
    ...(columns.provider_type !== undefined && { providerType: columns.provider_type }),
    ...(columns.config !== undefined && { config: columns.config }),
    ...(columns.status !== undefined && { status: ProviderStatus[columns.status] }),
    ...(columns.priority !== undefined && { priority: columns.priority }),
    ...(columns.max_workers !== undefined && { maxWorkers: columns.max_workers }),
    ...(columns.preferred_region && { preferredRegion: columns.preferred_region }),
    ...(columns.allowed_regions !== undefined && { allowedRegions: columns.allowed_regions }),
    ...(columns.required_labels !== undefined && { requiredLabels: columns.required_labels }),
    ...(columns.annotations !== undefined && { annotations: columns.annotations }),
  };
  const paths = Object.entries(columns).flatMap(([column, value]) => (value === undefined ? [] : [column]));
  return { config: create(ProviderConfigSchema, init), updateMask: { paths } };
}
