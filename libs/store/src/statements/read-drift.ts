import type { Queryable } from "../queryable.ts";

/** A provider whose counter is not what the ledger says. */
export interface Drift {
  name: string;
  activeWorkers: number;
  liveWorkers: number;
}

/** Reads what `repairDrift` would repair. Without locks: a slot that is taken at this very moment may look like one. */
export async function readDrift(db: Queryable): Promise<Drift[]> {
  const { rows } = await db.query<{ name: string; active_workers: number; live: number }>({
    name: "read-drift",
    text: `SELECT p.name, p.active_workers, count(w.job_id)::int AS live
             FROM provider_configs p
             LEFT JOIN workers w ON w.provider_id = p.id AND w.is_live
            GROUP BY p.id HAVING p.active_workers <> count(w.job_id) ORDER BY p.name`,
  });
  return rows.map((row) => ({ name: row.name, activeWorkers: row.active_workers, liveWorkers: row.live }));
}
