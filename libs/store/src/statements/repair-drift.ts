import type { Queryable } from "../queryable.ts";
import { type LoadTuple, loadOf, type ProviderLoad } from "./provider-load.ts";

const LEDGER = `
  SELECT p.id, count(w.job_id)::int AS workers, coalesce(sum(w.cpu_millis), 0)::bigint AS cpu_millis,
         coalesce(sum(w.memory_bytes), 0)::bigint AS memory_bytes, coalesce(sum(w.gpu), 0)::int AS gpu
    FROM provider_configs p
    LEFT JOIN workers w ON w.provider_id = p.id AND w.is_live
   WHERE $1::uuid[] IS NULL OR p.id = ANY ($1)
   GROUP BY p.id`;
const DIFFERS = `(p.active_workers, p.reserved_cpu_millis, p.reserved_memory_bytes, p.reserved_gpu)
  IS DISTINCT FROM (l.workers, l.cpu_millis, l.memory_bytes, l.gpu)`;

/**
 * Sets counters that were changed from outside back to what the ledger says (design I2). Every change of the ledger locks the provider's
 * row first, so once the suspects are locked a fresh count is exact: three statements in one transaction.
 * @returns the providers that had drifted, with their repaired load
 */
export async function repairDrift(tx: Queryable): Promise<ProviderLoad[]> {
  const suspects = await tx.query<{ id: string }>({
    text: `SELECT p.id FROM provider_configs p JOIN (${LEDGER}) l ON l.id = p.id WHERE ${DIFFERS}`,
    values: [null],
  });
  const ids = suspects.rows.map((row) => row.id);
  if (ids.length === 0) return [];
  await tx.query({
    text: "SELECT id FROM provider_configs WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE",
    values: [ids],
  });
  const repaired = await tx.query<{ load: LoadTuple }>({
    text: `UPDATE provider_configs p
              SET active_workers = l.workers, reserved_cpu_millis = l.cpu_millis, reserved_memory_bytes = l.memory_bytes,
                  reserved_gpu = l.gpu, ledger_version = p.ledger_version + 1
             FROM (${LEDGER}) l WHERE l.id = p.id AND ${DIFFERS}
           RETURNING json_build_array(p.id, p.active_workers, p.reserved_cpu_millis, p.reserved_memory_bytes, p.reserved_gpu,
                                      p.ledger_version) AS load`,
    values: [ids],
  });
  return repaired.rows.map((row) => loadOf(row.load));
}
