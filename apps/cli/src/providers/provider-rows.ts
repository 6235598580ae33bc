import { setTimeout as sleep } from "node:timers/promises";
import { type Store, schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import { UserError } from "../errors.ts";
import type { ProviderFile } from "./provider-file.ts";

export type ProviderRow = typeof schema.providerConfigs.$inferSelect;
export type HealthRow = typeof schema.providerHealth.$inferSelect;
const { providerConfigs, providerHealth } = schema;

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

/** A file's columns as the row has them; what the file leaves out stays as it is. */
export function columnsOf(
  file: { [Key in keyof ProviderFile]?: ProviderFile[Key] | undefined },
): Partial<typeof providerConfigs.$inferInsert> {
  return {
    ...(file.name !== undefined && { name: file.name }),
    ...(file.provider_type !== undefined && { providerType: file.provider_type }),
    ...(file.config !== undefined && { config: file.config }),
    ...(file.status !== undefined && { status: file.status }),
    ...(file.priority !== undefined && { priority: file.priority }),
    ...(file.max_workers !== undefined && { maxWorkers: file.max_workers }),
    ...(file.preferred_region !== undefined && { preferredRegion: file.preferred_region }),
    ...(file.allowed_regions !== undefined && { allowedRegions: file.allowed_regions }),
    ...(file.required_labels !== undefined && { requiredLabels: file.required_labels }),
    ...(file.annotations !== undefined && { annotations: file.annotations }),
  };
}

const VALIDATION_MS = 5_000;

/** The row once the registry has judged its configuration; as it is when no registry answers in time. */
export async function validated(store: Store, id: string): Promise<ProviderRow | undefined> {
  for (const deadline = performance.now() + VALIDATION_MS; ; ) {
    const [row] = await store.db.select().from(providerConfigs).where(eq(providerConfigs.id, id));
    if (!row || row.configErrors !== null || performance.now() > deadline) return row;
    await sleep(50);
  }
}

/** What PostgreSQL refused, in its own words, which say what to write instead. */
export function refusalOf(error: unknown): UserError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "23505")
    return new UserError("a provider of that name exists already; change it with: hodei providers update NAME -f FILE");
  if (cause instanceof Error) return new UserError(cause.message);
  return new UserError(String(cause));
}
