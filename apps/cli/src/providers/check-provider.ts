import { setTimeout as sleep } from "node:timers/promises";
import { schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import { connectStore } from "../connect.ts";
import { UserError } from "../errors.ts";
import { colorState, printLine } from "../print.ts";
import { findProvider } from "./provider-rows.ts";

const { providerHealth } = schema;

const CHECK_MS = 30_000;

/** `providers check`: makes the check due, and waits for its result. */
export async function checkProvider(name: string): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  if (provider.status === "DISABLED")
    throw new UserError(
      `${provider.name} is DISABLED and not checked; type: hodei providers enable ${JSON.stringify(provider.name)}`,
    );
  const ofProvider = eq(providerHealth.providerId, provider.id);
  const [before] = await store.db.select().from(providerHealth).where(ofProvider);
  await store.db
    .update(providerHealth)
    .set({ nextCheckAt: new Date(0) })
    .where(ofProvider);
  await store.pool.query({
    text: "SELECT pg_notify('hodei_provider_changed', $1)",
    values: [
      JSON.stringify({
        provider_id: provider.id,
        name: provider.name,
        generation: provider.generation,
        change: "updated",
      }),
    ],
  });
  for (const end = performance.now() + CHECK_MS; performance.now() < end; await sleep(50)) {
    const [health] = await store.db.select().from(providerHealth).where(ofProvider);
    if (!health?.checkedAt || health.checkedAt.getTime() === before?.checkedAt?.getTime()) continue;
    printLine(
      `${provider.name} is ${colorState(health.health)} (${Math.round(health.latencyMs ?? 0)} ms)${health.cause ? `: ${health.cause}` : ""}`,
    );
    if (health.fix) printLine(`fix: ${health.fix}`);
    if (health.health === "unhealthy") process.exitCode = 1;
    return;
  }
  throw new UserError("no check within 30 s; is the health service running? see: hodei status");
}
