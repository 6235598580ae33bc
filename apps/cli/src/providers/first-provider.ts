import { type Store, schema } from "@hodei/store";
import type { ProviderFile } from "./provider-file.ts";
import { columnsOf } from "./provider-rows.ts";

const { providerConfigs } = schema;

/** A fresh cluster can run something: registers this provider where there is none yet. Does not wait for the registry to
 *  validate it: there may be none yet. @returns whether it was registered */
export async function addFirstProvider(store: Store, provider: ProviderFile): Promise<boolean> {
  const [any] = await store.db.select({ id: providerConfigs.id }).from(providerConfigs).limit(1);
  if (any) return false;
  const added = await store.db
    .insert(providerConfigs)
    .values(columnsOf(provider) as typeof providerConfigs.$inferInsert)
    .onConflictDoNothing()
    .returning({ id: providerConfigs.id });
  return added.length > 0;
}
