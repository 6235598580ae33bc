import { kubectlCommand, parseProviderConfig } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import { inArray } from "drizzle-orm";
import type { WorkerRow } from "./read-job.ts";

/** What a person types to see at the provider what a worker was given; only where its type has such a command. */
export interface Inspection {
  attempt: number;
  command: string;
}

export async function inspectWorkers({ db }: Store, workers: readonly WorkerRow[]): Promise<Inspection[]> {
  const ids = [...new Set(workers.flatMap(({ providerId }) => providerId ?? []))];
  if (ids.length === 0) return [];
  const { providerConfigs } = schema;
  const rows = await db.select().from(providerConfigs).where(inArray(providerConfigs.id, ids));
  return workers.flatMap(({ attempt, name, providerId }) => {
    const row = rows.find(({ id }) => id === providerId);
    const command = row && name ? inspectCommand(row.providerType, row.config, name) : undefined;
    return command === undefined ? [] : [{ attempt, command }];
  });
}

function inspectCommand(providerType: string, config: unknown, worker: string): string | undefined {
  const parsed = parseProviderConfig(providerType, config);
  if (!parsed.ok || parsed.config.type !== "kubernetes") return undefined;
  return kubectlCommand(parsed.config, ["get", "job", worker], ["-o", "jsonpath={.spec.template.spec}"]);
}
