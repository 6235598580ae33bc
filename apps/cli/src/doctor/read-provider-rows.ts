import { type Store, schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import { UserError } from "../errors.ts";

export type ProviderRow = typeof schema.providerConfigs.$inferSelect;
export type HealthRow = typeof schema.providerHealth.$inferSelect;
const { providerConfigs, providerHealth } = schema;

/** Straight from the rows: the doctor looks at them also while no registry runs. */
export async function listProviders({ db }: Store): Promise<{ provider: ProviderRow; health: HealthRow | null }[]> {
  const rows = await db
    .select()
    .from(providerConfigs)
    .leftJoin(providerHealth, eq(providerHealth.providerId, providerConfigs.id))
    .orderBy(providerConfigs.name);
  return rows.map((row) => ({ provider: row.provider_configs, health: row.provider_health }));
}

/** @throws UserError that lists the names there are */
export async function findProvider(store: Store, name: string): Promise<ProviderRow> {
  const rows = await listProviders(store);
  const found = rows.find(({ provider }) => provider.name === name || provider.id === name);
  if (found) return found.provider;
  const names = rows.map(({ provider }) => provider.name).join(", ");
  throw new UserError(`there is no provider "${name}"; there is ${names || "none yet: hodei providers add -f FILE"}`);
}
