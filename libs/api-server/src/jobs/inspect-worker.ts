import { kubectlCommand, parseProviderConfig } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import { inArray } from "drizzle-orm";
import type { WorkerRow } from "./job-message.ts";

/** What a person types to see at the provider what a worker was given, by attempt; only where its type has such a command. */
export async function inspectWorkers(
  { db }: Store,
  workers: readonly WorkerRow[],
): Promise<ReadonlyMap<number, string>> {
  const ids = [...new Set(workers.flatMap(({ providerId }) => providerId ?? []))];
  if (ids.length === 0) return new Map();
  const { providerConfigs } = schema;
  const rows = await db.select().from(providerConfigs).where(inArray(providerConfigs.id, ids));
  const commands = workers.flatMap(({ attempt, name, providerId }) => {
    const row = rows.find(({ id }) => id === providerId);
    const command = row && name ? inspectCommand(row.providerType, row.config, name) : undefined;
    return command === undefined ? [] : [[attempt, command] as const];
  });
  return new Map(commands);
}

function inspectCommand(providerType: string, config: unknown, worker: string): string | undefined {
  const parsed = parseProviderConfig(providerType, config);
  if (!parsed.ok || parsed.config.type !== "kubernetes") return undefined;
  return kubectlCommand(parsed.config, ["get", "job", worker], ["-o", "jsonpath={.spec.template.spec}"]);
}
