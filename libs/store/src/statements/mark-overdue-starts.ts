import type { Queryable } from "../queryable.ts";

/** How long a provisioner may exceed a start deadline, to report it itself, before the selector does. */
const GRACE_SECONDS = 10;

/** Marks up to `limit` workers whose start deadline has long passed as to be ended, and answers them. */
export async function markOverdueStarts(
  db: Queryable,
  limit: number,
): Promise<{ jobId: string; attempt: number; providerId: string }[]> {
  const { rows } = await db.query<{ job_id: string; attempt: number; provider_id: string }>({
    name: "overdue-starts",
    text: `UPDATE workers w SET terminate_requested_at = coalesce(w.terminate_requested_at, now()),
                                terminate_reason = coalesce(w.terminate_reason, 'TIMEOUT_PROVISIONING')
             FROM (SELECT job_id, attempt FROM workers
                    WHERE is_live AND state <> 'RUNNING' AND start_deadline_at < now() - interval '${GRACE_SECONDS} seconds'
                    ORDER BY job_id, attempt LIMIT $1 FOR UPDATE SKIP LOCKED) late
            WHERE w.job_id = late.job_id AND w.attempt = late.attempt
           RETURNING w.job_id, w.attempt, w.provider_id`,
    values: [limit],
  });
  return rows.map((row) => ({ jobId: row.job_id, attempt: row.attempt, providerId: row.provider_id }));
}
