import type { HealthState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A provider that may have workers. */
export interface ReconcilableProvider {
  id: string;
  name: string;
  providerType: string;
  health: HealthState;
  /** How long it has had that health, by the database's clock. */
  healthSeconds: number;
}

/** Every provider that can be asked for its workers, whatever its status: those that are disabled or drained still have some. */
export async function readReconcilableProviders(db: Queryable): Promise<ReconcilableProvider[]> {
  const { rows } = await db.query<{
    id: string;
    name: string;
    provider_type: string;
    health: HealthState | null;
    health_seconds: number;
  }>({
    name: "read-reconcilable-providers",
    text: `SELECT p.id, p.name, p.provider_type, h.health, extract(epoch FROM now() - coalesce(h.health_since, now()))::float8 AS health_seconds
             FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id
            WHERE p.config_errors = '[]'::jsonb ORDER BY p.id`,
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    providerType: row.provider_type,
    health: row.health ?? "unknown",
    healthSeconds: row.health_seconds,
  }));
}
