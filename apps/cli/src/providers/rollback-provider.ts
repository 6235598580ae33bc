import { type Store, schema } from "@hodei/store";
import { and, desc, eq } from "drizzle-orm";
import { UserError } from "../errors.ts";
import type { ProviderRow } from "./provider-rows.ts";

const { providerConfigs, providerConfigHistory: h } = schema;

/** Sets a provider back to an earlier generation, by default the one before; answers which. Its status stays the operator's. */
export async function rollbackProvider(store: Store, provider: ProviderRow, to: string | undefined): Promise<number> {
  const ofProvider = eq(h.providerId, provider.id);
  const [earlier] = await store.db
    .select()
    .from(h)
    .where(to ? and(ofProvider, eq(h.generation, Number(to))) : ofProvider)
    .orderBy(desc(h.generation))
    .limit(1);
  if (!earlier)
    throw new UserError(
      `${provider.name} has no ${to ? `generation ${to}` : "earlier configuration"}; see: hodei providers get`,
    );
  const { providerType, config, priority, maxWorkers, preferredRegion, allowedRegions, requiredLabels, annotations } =
    earlier;
  await store.db
    .update(providerConfigs)
    .set({
      name: earlier.name,
      providerType,
      config,
      priority,
      maxWorkers,
      preferredRegion,
      allowedRegions,
      requiredLabels,
      annotations,
    })
    .where(eq(providerConfigs.id, provider.id));
  return earlier.generation;
}
