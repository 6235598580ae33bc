import type { Provider } from "@hodei/api/provider";
import { type Store, schema } from "@hodei/store";
import { asc, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { notFound } from "../shared/refuse.ts";
import { type ProviderRow, providerMessage } from "./provider-message.ts";

const { providerConfigs: p, providerHealth: h } = schema;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One provider's row, by id or name. @throws NOT_FOUND that names the providers there are */
export async function findProvider({ db }: Store, idOrName: string): Promise<ProviderRow> {
  const byName = eq(p.name, idOrName);
  const rows = await db
    .select()
    .from(p)
    .where(UUID.test(idOrName) ? or(eq(p.id, idOrName), byName) : byName);
  const found = rows.find((row) => row.id === idOrName) ?? rows[0];
  if (found) return found;
  const names = await db.select({ name: p.name }).from(p).orderBy(asc(p.name)).limit(10);
  const there = names.map(({ name }) => name).join(", ") || "none yet";
  throw notFound(`there is no provider ${JSON.stringify(idOrName.slice(0, 200))}; there is ${there}`);
}

/** Providers with their health, by name. */
export async function readProviders({ db }: Store, where: SQL | undefined, limit?: number): Promise<Provider[]> {
  const query = db
    .select()
    .from(p)
    .leftJoin(h, eq(h.providerId, p.id))
    .where(where)
    .orderBy(sql`${p.name} COLLATE "C"`);
  const rows = await (limit === undefined ? query : query.limit(limit));
  return rows.map((row) => providerMessage(row.provider_configs, row.provider_health));
}

export async function readProvidersById(store: Store, ids: readonly string[]): Promise<Provider[]> {
  return ids.length === 0 ? [] : await readProviders(store, inArray(p.id, [...ids]));
}

/** @throws NOT_FOUND */
export async function readProvider(store: Store, id: string): Promise<Provider> {
  const [found] = await readProvidersById(store, [id]);
  if (!found) throw notFound(`the provider ${id} was removed`);
  return found;
}
