import type { Queryable } from "../queryable.ts";
import type { DoomedWorker } from "./cancel-jobs.ts";

/**
 * Marks up to `limit` workers that have not started, at providers that cannot start them now, as to be ended (design §6, issue "Failover").
 * @returns those that this call marked
 */
export async function doomUnhealthyStarts(db: Queryable, limit: number): Promise<DoomedWorker[]> {
  const { rows } = await db.query<{ job_id: string; attempt: number; provider_id: string; claimed: boolean }>({
    name: "doom-unhealthy-starts",
    text: `UPDATE workers w SET terminate_requested_at = now(), terminate_reason = 'PROVIDER_UNHEALTHY'
             FROM (SELECT w.job_id, w.attempt FROM provider_health h
                     JOIN provider_configs p ON p.id = h.provider_id AND p.status <> 'DISABLED'
                     JOIN workers w ON w.provider_id = h.provider_id
                    WHERE h.health = 'unhealthy' AND w.is_live AND w.state <> 'RUNNING' AND w.terminate_requested_at IS NULL
                    ORDER BY w.job_id, w.attempt LIMIT $1 FOR UPDATE OF w SKIP LOCKED) stuck
            WHERE w.job_id = stuck.job_id AND w.attempt = stuck.attempt
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
