import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Provider, ProviderConfig, UpdateProviderRequest } from "@hodei/api/provider";
import type { ProviderStatus } from "@hodei/contracts";
import { type Caller, type Store, schema } from "@hodei/store";
import { and, eq } from "drizzle-orm";
import { asCaller } from "../shared/as-caller.ts";
import { invalid, invalidField, refusalOf } from "../shared/refuse.ts";
import { columnsOf, type ProviderColumns } from "./columns-of.ts";
import { findProvider, readProvider } from "./read-providers.ts";

const { providerConfigs: p } = schema;

/** How long an answer waits for the registry's verdict on a configuration; without one it says `validated: false`. */
const VERDICT_MS = 5_000;

/** See `ProviderService.RegisterProvider`. */
export async function registerProvider(
  store: Store,
  caller: Caller,
  config: ProviderConfig | undefined,
): Promise<Provider> {
  const problems = [
    ...(config?.name ? [] : [{ path: "name", message: "is missing; write a unique name" }]),
    ...(config?.providerType ? [] : [{ path: "provider_type", message: "is missing; write for example docker" }]),
    ...(config?.config ? [] : [{ path: "config", message: 'is missing; write for example {"type": "docker"}' }]),
  ];
  if (!config || problems.length > 0) throw invalid(problems, "config");
  const columns = columnsOf(config, undefined) as typeof p.$inferInsert;
  const [row] = await refusing(asCaller(store, caller, (tx) => tx.insert(p).values(columns).returning({ id: p.id })));
  return await judged(store, row?.id ?? "");
}

/** See `ProviderService.UpdateProvider`. */
export async function updateProvider(store: Store, caller: Caller, request: UpdateProviderRequest): Promise<Provider> {
  if (!request.config) throw invalidField("config", "is missing; write the fields to change");
  const columns = columnsOf(request.config, request.updateMask);
  if (Object.keys(columns).length === 0)
    throw invalidField("config", "changes nothing; set a field, or name it in update_mask");
  const provider = await findProvider(store, request.providerId);
  return await writeColumns(store, caller, provider.id, columns, request.generation);
}

/** Takes effect even where the status is what it was: ACTIVE again is a reset of the provider's health. */
export async function setStatus(
  store: Store,
  caller: Caller,
  idOrName: string,
  status: ProviderStatus,
): Promise<Provider> {
  const provider = await findProvider(store, idOrName);
  return await writeColumns(store, caller, provider.id, { status });
}

/** See `ProviderService.DeleteProvider`. */
export async function deleteProvider(store: Store, caller: Caller, idOrName: string): Promise<void> {
  const provider = await findProvider(store, idOrName);
  try {
    await asCaller(store, caller, (tx) => tx.delete(p).where(eq(p.id, provider.id)));
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal instanceof ConnectError ? new ConnectError(refusal.rawMessage, Code.FailedPrecondition) : refusal;
  }
}

/** @throws ABORTED when the provider is no longer at that generation */
export async function writeColumns(
  store: Store,
  caller: Caller,
  id: string,
  columns: ProviderColumns,
  generation?: bigint,
): Promise<Provider> {
  const isIt = generation === undefined ? eq(p.id, id) : and(eq(p.id, id), eq(p.generation, Number(generation)));
  const rows = await refusing(
    asCaller(store, caller, (tx) => tx.update(p).set(columns).where(isIt).returning({ id: p.id })),
  );
  if (rows.length === 0) {
    const now = await readProvider(store, id);
    throw new ConnectError(
      `the provider is at generation ${now.generation}, not ${String(generation)}; read it again and repeat the change`,
      Code.Aborted,
    );
  }
  return await judged(store, id);
}

async function judged(store: Store, id: string): Promise<Provider> {
  for (const deadline = performance.now() + VERDICT_MS; ; ) {
    const provider = await readProvider(store, id);
    if (provider.validated || performance.now() > deadline) return provider;
    await sleep(20);
  }
}

async function refusing<T>(work: PromiseLike<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw refusalOf(error);
  }
}
