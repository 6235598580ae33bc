import { type Store, schema } from "@hodei/store";
import type { ProviderFile } from "./provider-file.ts";

const { providerConfigs } = schema;

/** A fresh cluster can run something: registers this provider where there is none yet. Does not wait for the registry to
 *  validate it: there may be none yet. @returns whether it was registered */
export async function addFirstProvider(store: Store, provider: ProviderFile): Promise<boolean> {
  const [any] = await store.db.select({ id: providerConfigs.id }).from(providerConfigs).limit(1);
  if (any) return false;
  const added = await store.db
    .insert(providerConfigs)
    .values(rowOf(provider))
    .onConflictDoNothing()
    .returning({ id: providerConfigs.id });
  return added.length > 0;
}

function rowOf(file: ProviderFile): typeof providerConfigs.$inferInsert {
  return {
    name: file.name,
    providerType: file.provider_type,
    config: file.config,
    status: file.status,
    priority: file.priority,
    maxWorkers: file.max_workers,
    preferredRegion: file.preferred_region,
    allowedRegions: file.allowed_regions,
    requiredLabels: file.required_labels,
    annotations: file.annotations,
  };
}
