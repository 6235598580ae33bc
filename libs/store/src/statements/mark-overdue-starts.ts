import type { Queryable } from "../queryable.ts";
import { lockDueWorkers } from "./lock-due-workers.ts";

/** How long a provisioner may exceed a start deadline, to report it itself, before the selector does. */
const GRACE_SECONDS = 10;
const OVERDUE = `w.state <> 'RUNNING' AND w.start_deadline_at < now() - interval '${GRACE_SECONDS} seconds'`;

/** Marks up to `limit` workers whose start deadline has long passed as to be ended, and answers them. */
export async function markOverdueStarts(
  db: Queryable,
  limit: number,
): Promise<{ jobId: string; attempt: number; providerId: string }[]> {
  const { rows } = await db.query<{ job_id: string; attempt: number; provider_id: string }>({
    name: "overdue-starts",
    text: `WITH ${lockDueWorkers({ condition: OVERDUE, limit: "$1" })}
           UPDATE workers w SET terminate_requested_at = coalesce(w.terminate_requested_at, now()),
                                terminate_reason = coalesce(w.terminate_reason, 'TIMEOUT_PROVISIONING')
             FROM due d WHERE w.ctid = d.place
           RETURNING w.job_id, w.attempt, w.provider_id`,
    values: [limit],
  });
  return rows.map((row) => ({ jobId: row.job_id, attempt: row.attempt, providerId: row.provider_id }));
}
