import { create } from "@bufbuild/protobuf";
import { type GetFleetStatsResponse, GetFleetStatsResponseSchema } from "@hodei/api/provider";
import { countJobs, type Store } from "@hodei/store";

interface FleetCounts {
  providers: number;
  active: number;
  max: number;
  by_status: Record<string, number> | null;
  by_health: Record<string, number> | null;
  by_type: Record<string, number> | null;
}

const FLEET = `
WITH fleet AS (SELECT p.status, p.provider_type, p.active_workers, p.max_workers, upper(coalesce(h.health, 'unknown')) AS health
                 FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id)
SELECT count(*)::int AS providers, coalesce(sum(active_workers), 0)::int AS active, coalesce(sum(max_workers), 0)::bigint AS max,
       (SELECT json_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM fleet GROUP BY 1) s) AS by_status,
       (SELECT json_object_agg(health, n) FROM (SELECT health, count(*) AS n FROM fleet GROUP BY 1) s) AS by_health,
       (SELECT json_object_agg(provider_type, n) FROM (SELECT provider_type, count(*) AS n FROM fleet GROUP BY 1) s) AS by_type
  FROM fleet`;

/** See `ProviderService.GetFleetStats`. */
export async function fleetStats({ pool }: Store): Promise<GetFleetStatsResponse> {
  const [{ rows }, jobs] = await Promise.all([pool.query<FleetCounts>(FLEET), countJobs(pool)]);
  const [fleet] = rows;
  return create(GetFleetStatsResponseSchema, {
    providers: fleet?.providers ?? 0,
    providersByStatus: fleet?.by_status ?? {},
    providersByHealth: fleet?.by_health ?? {},
    providersByType: fleet?.by_type ?? {},
    activeWorkers: BigInt(fleet?.active ?? 0),
    maxWorkers: BigInt(fleet?.max ?? 0),
    jobsByState: Object.fromEntries([...jobs.byState].map(([state, count]) => [state, BigInt(count)])),
  });
}
