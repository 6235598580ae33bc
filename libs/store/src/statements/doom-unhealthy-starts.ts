import type { Queryable } from "../queryable.ts";
import type { DoomedWorker } from "./cancel-jobs.ts";
import { lockDueWorkers } from "./lock-due-workers.ts";

const NOT_STARTED = "w.state <> 'RUNNING' AND w.terminate_requested_at IS NULL";
const AT_UNHEALTHY = `provider_health h
  JOIN provider_configs p ON p.id = h.provider_id AND p.status <> 'DISABLED' AND h.health = 'unhealthy'
  JOIN workers w ON w.provider_id = h.provider_id`;

/**
 * Marks up to `limit` workers that have not started, at providers that cannot start them now, as to be ended (design §6, issue "Failover").
 * @returns those that this call marked
 */
export async function doomUnhealthyStarts(db: Queryable, limit: number): Promise<DoomedWorker[]> {
  const { rows } = await db.query<{ job_id: string; attempt: number; provider_id: string; claimed: boolean }>({
    name: "doom-unhealthy-starts",
    text: `WITH ${lockDueWorkers({ condition: NOT_STARTED, from: AT_UNHEALTHY, limit: "$1" })}
           UPDATE workers w SET terminate_requested_at = now(), terminate_reason = 'PROVIDER_UNHEALTHY'
             FROM due d WHERE w.ctid = d.place
           RETURNING w.job_id, w.attempt, w.provider_id, w.claimed_by IS NOT NULL AS claimed`,
    values: [limit],
  });
  return rows.map((row) => ({
    jobId: row.job_id,
    attempt: row.attempt,
    providerId: row.provider_id,
    claimed: row.claimed,
  }));
}
