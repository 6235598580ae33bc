import { setTimeout as sleep } from "node:timers/promises";
import { schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import { connectStore } from "../connect.ts";
import { UsageError, UserError } from "../errors.ts";
import { printLine, say } from "../print.ts";
import { findProvider } from "./provider-rows.ts";

const { providerConfigs } = schema;

/** `providers drain`: no new work, then wait for the last worker. */
export async function drainProvider(name: string, { deadline }: { deadline?: string }): Promise<void> {
  if (deadline !== undefined && !/^\d+(\.\d+)?$/.test(deadline))
    throw new UsageError(`--deadline ${deadline}: write seconds, for example 600`);
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  await store.db.update(providerConfigs).set({ status: "MAINTENANCE" }).where(eq(providerConfigs.id, provider.id));
  const end = performance.now() + (deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline) * 1000);
  for (let shown = -1; ; ) {
    const { activeWorkers } = await findProvider(store, provider.id);
    if (activeWorkers === 0) break;
    if (activeWorkers !== shown) say(`${activeWorkers} workers still run on ${provider.name}`);
    shown = activeWorkers;
    if (performance.now() > end)
      throw new UserError(
        `${provider.name} still has ${activeWorkers} workers after ${deadline} s; it stays in MAINTENANCE, see: hodei jobs list --state running`,
      );
    await sleep(250);
  }
  printLine(`${provider.name} is drained`);
}
