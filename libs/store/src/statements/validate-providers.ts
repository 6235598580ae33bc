import type { Problem } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A provider as its configuration stands in the row: to be judged, or opened. */
export interface ProviderSource {
  id: string;
  name: string;
  providerType: string;
  config: unknown;
  generation: number;
}

/** Every provider's configuration. */
export async function readConfigurations(db: Queryable, providerIds?: readonly string[]): Promise<ProviderSource[]> {
  const { rows } = await db.query<{
    id: string;
    name: string;
    provider_type: string;
    config: unknown;
    generation: number;
  }>({
    name: "read-configurations",
    text: `SELECT id, name, provider_type, config, generation FROM provider_configs WHERE $1::uuid[] IS NULL OR id = ANY ($1)`,
    values: [providerIds ?? null],
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    providerType: row.provider_type,
    config: row.config,
    generation: row.generation,
  }));
}

/** Writes verdicts, each only while its row is still the generation that was judged; answers the ids that it changed. */
export async function writeConfigErrors(
  tx: Queryable,
  verdicts: readonly { id: string; generation: number; problems: readonly Problem[] }[],
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: "write-config-errors",
    text: `UPDATE provider_configs p SET config_errors = i.problems::jsonb
             FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS i(id, generation, problems)
            WHERE p.id = i.id AND p.generation = i.generation AND p.config_errors IS DISTINCT FROM i.problems::jsonb
           RETURNING p.id`,
    values: [
      verdicts.map((verdict) => verdict.id),
      verdicts.map((verdict) => verdict.generation),
      verdicts.map((verdict) => JSON.stringify(verdict.problems)),
    ],
  });
  return rows.map((row) => row.id);
}
