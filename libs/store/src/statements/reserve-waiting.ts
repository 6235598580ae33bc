import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";
import { COUNT_UP, GRANT_SLOTS, INSERT_WORKERS, LOADS_AS_JSON } from "./grant-slots.ts";
import { type PlacementProposal, type ProviderTotal, rankAsJson, totalColumns } from "./placement-proposal.ts";
import { type LoadTuple, loadOf, type ProviderLoad } from "./provider-load.ts";

/** A waiting job and where it would go. `attempt` is the one that waits: 0 for a job that never had a worker. */
export interface WaitingReservation {
  jobId: string;
  attempt: number;
  classId: string;
  fleetVersion: string;
  startSeconds: number;
  proposal: PlacementProposal;
}

/** `placed`: now PROVISIONING. `lost`: no room there. `gone`: somebody else placed, cancelled or holds it. */
export type ReservationOutcome = "placed" | "lost" | "gone";

const TEXT = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::float8[], $6::uuid[], $7::text[], $8::text[], $9::bigint[],
                       $10::bigint[], $11::int[], $12::int[])
    WITH ORDINALITY AS i(id, last_attempt, class_id, fleet_version, start_seconds, provider_id, fallback_step, rank_key, cpu_millis,
                         memory_bytes, gpu, run_seconds, ord)
),
totals AS (SELECT * FROM unnest($13::uuid[], $14::bigint[], $15::bigint[], $16::int[]) AS t(provider_id, cpu_millis, memory_bytes, gpu)),
held AS MATERIALIZED (
  SELECT l.id FROM (SELECT i.id, i.last_attempt FROM input i ORDER BY i.id) k
   CROSS JOIN LATERAL (
     SELECT j.id FROM jobs j
      WHERE j.id = k.id AND j.state = 'PENDING' AND j.attempt = k.last_attempt AND j.cancel_requested_at IS NULL
        FOR UPDATE SKIP LOCKED
   ) l
),
proposal AS MATERIALIZED (SELECT i.*, i.last_attempt + 1 AS attempt FROM input i JOIN held h ON h.id = i.id),
${GRANT_SLOTS},
started AS MATERIALIZED (SELECT * FROM graded WHERE is_granted),
placed AS (
  UPDATE jobs j SET state = 'PROVISIONING', attempt = s.attempt, provider_id = s.provider_id, provider_name = s.provider_name,
                    fleet_version = s.fleet_version, provisioning_at = now(), running_at = NULL, not_before = NULL,
                    class_id = s.class_id, exit_code = NULL, failure_code = NULL, failure_message = NULL
    FROM started s WHERE j.id = s.id
  RETURNING j.id
),
worker_rows AS (${INSERT_WORKERS}),
counted AS (${COUNT_UP})
SELECT json_agg(json_build_array(i.id, CASE WHEN p.id IS NOT NULL THEN 'placed' WHEN h.id IS NOT NULL THEN 'lost' ELSE 'gone' END)) AS outcomes,
       ${LOADS_AS_JSON} AS loads
  FROM input i LEFT JOIN held h ON h.id = i.id LEFT JOIN placed p ON p.id = i.id`;

/** Reserves slots for waiting jobs, in the order given, in one statement; safe with any number of selectors. */
export async function reserveWaiting(
  db: Queryable,
  jobs: readonly WaitingReservation[],
  totals: readonly ProviderTotal[],
): Promise<{ outcomes: Map<string, ReservationOutcome>; loads: ProviderLoad[] }> {
  const { rows } = await db.query<{ outcomes: [string, ReservationOutcome][] | null; loads: LoadTuple[] }>({
    name: "reserve-waiting",
    text: TEXT,
    values: [
      column(jobs, (job) => job.jobId),
      column(jobs, (job) => job.attempt),
      column(jobs, (job) => job.classId),
      column(jobs, (job) => job.fleetVersion),
      column(jobs, (job) => job.startSeconds),
      column(jobs, (job) => job.proposal.providerId),
      column(jobs, (job) => job.proposal.step),
      column(jobs, (job) => rankAsJson(job.proposal.rank)),
      column(jobs, (job) => job.proposal.amounts.cpuMillis),
      column(jobs, (job) => job.proposal.amounts.memoryBytes),
      column(jobs, (job) => job.proposal.amounts.gpu),
      column(jobs, (job) => job.proposal.runSeconds),
      ...totalColumns(totals),
    ],
  });
  return { outcomes: new Map(rows[0]?.outcomes ?? []), loads: (rows[0]?.loads ?? []).map(loadOf) };
}
