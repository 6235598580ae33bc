import type { Queryable } from "../queryable.ts";
import { type ProviderSource, readConfigurations } from "./validate-providers.ts";

/** One provider's configuration; `undefined` when the row is gone. */
export async function readProvider(db: Queryable, providerId: string): Promise<ProviderSource | undefined> {
  return (await readConfigurations(db, [providerId]))[0];
}

/** Who we are at the providers. */
export async function readClusterId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>("SELECT id FROM cluster");
  const [row] = rows;
  if (!row) throw new Error("the table cluster is empty; run: hodei migrate");
  return row.id;
}
