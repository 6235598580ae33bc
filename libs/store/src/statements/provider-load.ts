import type { Resources } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** What a provider's row says is taken. `ledgerVersion` grows with each change, so that an older answer is recognised. */
export interface ProviderLoad {
  providerId: string;
  activeWorkers: number;
  reserved: Required<Resources>;
  ledgerVersion: number;
}

/** A load as the hot statements answer it: [id, active, cpu, memory, gpu, version]. */
export type LoadTuple = [string, number, number, number, number, number];

export function loadOf([
  providerId,
  activeWorkers,
  cpuMillis,
  memoryBytes,
  gpu,
  ledgerVersion,
]: LoadTuple): ProviderLoad {
  return { providerId, activeWorkers, reserved: { cpuMillis, memoryBytes, gpu }, ledgerVersion };
}

/** The present load of the providers named, or of all of them. */
export async function readLoads(db: Queryable, providerIds?: readonly string[]): Promise<ProviderLoad[]> {
  const { rows } = await db.query<{ loads: LoadTuple[] }>({
    name: providerIds ? "read-loads-of" : "read-loads",
    text: `SELECT coalesce(json_agg(json_build_array(id, active_workers, reserved_cpu_millis, reserved_memory_bytes,
                                                     reserved_gpu, ledger_version)), '[]'::json) AS loads
             FROM provider_configs ${providerIds ? "WHERE id = ANY ($1::uuid[])" : ""}`,
    values: providerIds ? [providerIds] : [],
  });
  return (rows[0]?.loads ?? []).map(loadOf);
}
