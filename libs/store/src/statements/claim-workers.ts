import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";
import { CLAIMED_COLUMNS, type ClaimedRow, type ClaimedWorker, claimedWorkerOf } from "./claimed-worker.ts";
import { lockDueWorkers } from "./lock-due-workers.ts";

// The rows are looked up one by one by their key (LATERAL): as a join, a plan made while the table was small reads every live worker, and
// every one that lately was, for each batch. Not by ctid either: a row that was
// changed since the statement began is locked in its new place, where this statement's snapshot does not see it.

/** Claims workers that were just reserved and that nobody has (design §5.1). What is claimed, ended or cancelled is passed over. */
export async function claimWorkers(
  db: Queryable,
  workers: readonly { jobId: string; attempt: number }[],
  claimant: string,
  seconds: number,
): Promise<ClaimedWorker[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "claim-workers",
    text: `WITH free AS MATERIALIZED (
             SELECT i.job_id, i.attempt
               FROM (SELECT * FROM unnest($1::text[], $2::int[]) AS u(job_id, attempt) ORDER BY u.job_id, u.attempt) i
              CROSS JOIN LATERAL (
                SELECT 1 FROM workers w
                 WHERE w.job_id = i.job_id AND w.attempt = i.attempt
                   AND w.state = 'REQUESTED' AND w.claimed_by IS NULL AND w.terminate_requested_at IS NULL
                   FOR NO KEY UPDATE SKIP LOCKED
              ) l
           )
           UPDATE workers w SET claimed_by = $3, claim_expires_at = now() + make_interval(secs => $4)
             FROM free f JOIN jobs j ON j.id = f.job_id
            WHERE w.job_id = f.job_id AND w.attempt = f.attempt
           RETURNING ${CLAIMED_COLUMNS}`,
    values: [column(workers, (worker) => worker.jobId), column(workers, (worker) => worker.attempt), claimant, seconds],
  });
  return rows.map(claimedWorkerOf);
}

const UNHELD = `(w.claim_expires_at < now() OR (w.claimed_by IS NULL AND w.requested_at < now() - make_interval(secs => $3)))
  AND (w.claimed_by IS NULL OR w.provider_type <> ALL ($5::text[]) OR starts_with(w.claimed_by, $6 || ':')
       OR w.claim_expires_at < now() - make_interval(secs => $7))`;

/**
 * Takes over live workers that nobody has: the knock was lost (unclaimed for `patienceSeconds`), or the claim ran out.
 * At most `limit` at once; rivals skip each other's rows. Workers of one machine (`perMachineTypes`) wait for a claimant of that `host`;
 * when none has come for `lostAfterSeconds`, the machine is gone.
 */
export async function takeOverWorkers(
  db: Queryable,
  claimant: string,
  options: {
    seconds: number;
    patienceSeconds: number;
    limit: number;
    host: string;
    perMachineTypes: readonly string[];
    lostAfterSeconds: number;
  },
): Promise<ClaimedWorker[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "take-over-workers",
    text: `WITH ${lockDueWorkers({ condition: UNHELD, limit: "$4" })}
           UPDATE workers w SET claimed_by = $1, claim_expires_at = now() + make_interval(secs => $2)
             FROM due d JOIN jobs j ON j.id = d.job_id
            WHERE w.ctid = d.place
           RETURNING ${CLAIMED_COLUMNS}`,
    values: [
      claimant,
      options.seconds,
      options.patienceSeconds,
      options.limit,
      options.perMachineTypes,
      options.host,
      options.lostAfterSeconds,
    ],
  });
  return rows.map(claimedWorkerOf);
}
