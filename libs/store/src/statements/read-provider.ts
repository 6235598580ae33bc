import type { Queryable } from "../queryable.ts";

/** What an adapter is opened with. */
export interface ProviderSource {
  id: string;
  name: string;
  providerType: string;
  config: unknown;
  generation: number;
}

/** One provider's configuration; `undefined` when the row is gone. */
export async function readProvider(db: Queryable, providerId: string): Promise<ProviderSource | undefined> {
  const { rows } = await db.query<{
    id: string;
    name: string;
    provider_type: string;
    config: unknown;
    generation: number;
  }>({
    name: "read-provider",
    text: "SELECT id, name, provider_type, config, generation FROM provider_configs WHERE id = $1",
    values: [providerId],
  });
  const [row] = rows;
  return (
    row && {
      id: row.id,
      name: row.name,
      providerType: row.provider_type,
      config: row.config,
      generation: row.generation,
    }
  );
}

/** Who we are at the providers. */
export async function readClusterId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>("SELECT id FROM cluster");
  const [row] = rows;
  if (!row) throw new Error("the table cluster is empty; run: hodei migrate");
  return row.id;
}
