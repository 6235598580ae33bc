import type { FinalWorkerState } from "@hodei/contracts";
import type { AttemptOutcome } from "@hodei/lifecycle";
import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";
import { LOADS_AS_JSON } from "./grant-slots.ts";
import { IS_LIVE } from "./is-live.ts";
import { type LoadTuple, loadOf, type ProviderLoad } from "./provider-load.ts";

/** The end of a worker and what follows for its job. */
export interface WorkerSettlement {
  jobId: string;
  attempt: number;
  state: FinalWorkerState;
  startedAt: string | null;
  exitCode: number | null;
  code: string | null;
  message: string | null;
  /** JSON text. */
  result: string | null;
  outcome: AttemptOutcome;
  /** Of the provider that ran it, for the count of failures. */
  providerType: string;
  /** The requirement class the job waits in from now on, where it goes back to PENDING with another exclusion. */
  classId: string | null;
}

/** A job that this settlement moved. `state` may be CANCELLED where PENDING was asked: a cancel came between. */
export interface SettledJob {
  jobId: string;
  attempt: number;
  state: "PENDING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED";
  providerName: string;
  traceparent: string | null;
  /** Seconds from submission to running, for a worker whose end was the first that was heard of it; else `null`. */
  waitSeconds: number | null;
}

// Locks in the order workers, jobs, providers, each by id: the order every statement that takes more than one keeps. What is freed is counted from
// the workers that were changed, not from those that were found: so their rows are written before the providers are locked, for which every
// admission waits, and not after.
// Live rows are looked up by their key (LATERAL), whatever plan was made while the table was small; see claim-workers.
const TEXT = `
WITH live AS MATERIALIZED (
  SELECT i.*, l.* FROM (
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
                         $10::float8[], $11::bool[], $12::int[], $13::int[], $14::text[])
      AS u(job_id, attempt, worker_state, started_at, exit_code, code, message, result, next, backoff_seconds, exclude, own, infrastructure, class_id)
     ORDER BY u.job_id, u.attempt) i
   CROSS JOIN LATERAL (
     SELECT w.state AS was, w.provider_id, w.cpu_millis, w.memory_bytes, w.gpu FROM workers w
      WHERE w.job_id = i.job_id AND w.attempt = i.attempt AND ${IS_LIVE}
        FOR NO KEY UPDATE
   ) l
),
ended AS (
  UPDATE workers w SET state = i.worker_state, finished_at = now(), exit_code = i.exit_code, failure_code = i.code,
                       failure_message = i.message, running_at = coalesce(w.running_at, i.started_at)
    FROM live i WHERE w.job_id = i.job_id AND w.attempt = i.attempt
  RETURNING w.provider_id, w.cpu_millis, w.memory_bytes, w.gpu
),
moved AS (
  UPDATE jobs j SET
      state = CASE WHEN i.next = 'PENDING' AND j.cancel_requested_at IS NOT NULL THEN 'CANCELLED' ELSE i.next END,
      own_failures = j.own_failures + i.own, infrastructure_failures = j.infrastructure_failures + i.infrastructure,
      excluded_providers = CASE WHEN i.exclude AND NOT i.provider_id = ANY (j.excluded_providers)
                                THEN j.excluded_providers || i.provider_id ELSE j.excluded_providers END,
      not_before = CASE WHEN i.next = 'PENDING' AND i.backoff_seconds > 0 THEN now() + make_interval(secs => i.backoff_seconds) END,
      class_id = coalesce(i.class_id, j.class_id),
      running_at = coalesce(j.running_at, i.started_at),
      finished_at = CASE WHEN i.next = 'PENDING' AND j.cancel_requested_at IS NULL THEN NULL ELSE now() END,
      exit_code = i.exit_code, failure_code = i.code, failure_message = i.message, result = i.result::jsonb
    FROM live i WHERE j.id = i.job_id AND j.attempt = i.attempt AND j.state IN ('PROVISIONING', 'RUNNING')
  RETURNING j.id, j.attempt, j.state, j.provider_name, j.traceparent,
    CASE WHEN i.was <> 'RUNNING' THEN extract(epoch FROM i.started_at - j.submitted_at)::float8 END AS wait
),
freed AS MATERIALIZED (
  SELECT provider_id, count(*)::int AS workers, sum(cpu_millis)::bigint AS cpu_millis, sum(memory_bytes)::bigint AS memory_bytes,
         sum(gpu)::int AS gpu
    FROM ended GROUP BY provider_id
),
locked AS MATERIALIZED (
  SELECT p.id FROM provider_configs p WHERE p.id IN (SELECT provider_id FROM freed) ORDER BY p.id FOR UPDATE OF p
),
counted AS (
  UPDATE provider_configs p
     SET active_workers = greatest(0, p.active_workers - f.workers),
         reserved_cpu_millis = greatest(0, p.reserved_cpu_millis - f.cpu_millis),
         reserved_memory_bytes = greatest(0, p.reserved_memory_bytes - f.memory_bytes),
         reserved_gpu = greatest(0, p.reserved_gpu - f.gpu),
         ledger_version = p.ledger_version + 1
    FROM freed f JOIN locked k ON k.id = f.provider_id WHERE p.id = f.provider_id
  RETURNING p.id, p.active_workers, p.reserved_cpu_millis, p.reserved_memory_bytes, p.reserved_gpu, p.ledger_version
)
SELECT (SELECT coalesce(json_agg(json_build_array(m.id, m.attempt, m.state, m.provider_name, m.traceparent, m.wait)), '[]'::json) FROM moved m) AS moved,
       ${LOADS_AS_JSON} AS loads`;

type MovedTuple = [string, number, SettledJob["state"], string, string | null, number | null];

/** Ends workers, frees their slots and moves their jobs on, in one statement; what was settled before changes nothing (I1, I5). */
export async function settleWorkers(
  db: Queryable,
  settlements: readonly WorkerSettlement[],
): Promise<{ jobs: SettledJob[]; loads: ProviderLoad[] }> {
  const pending = settlements.map(({ outcome }) => (outcome.next === "PENDING" ? outcome : undefined));
  const budgets = settlements.map(({ outcome }) => ("countsAs" in outcome ? outcome.countsAs : null));
  const { rows } = await db.query<{ moved: MovedTuple[]; loads: LoadTuple[] }>({
    name: "settle-workers",
    text: TEXT,
    values: [
      column(settlements, (each) => each.jobId),
      column(settlements, (each) => each.attempt),
      column(settlements, (each) => each.state),
      column(settlements, (each) => each.startedAt),
      column(settlements, (each) => each.exitCode),
      column(settlements, (each) => ("code" in each.outcome ? each.outcome.code : each.code)),
      column(settlements, (each) => each.message),
      column(settlements, (each) => each.result),
      column(settlements, (each) => each.outcome.next),
      column(pending, (each) => each?.backoffSeconds ?? 0),
      column(pending, (each) => each?.excludeProvider ?? false),
      column(budgets, (budget) => (budget === "own" ? 1 : 0)),
      column(budgets, (budget) => (budget === "infrastructure" ? 1 : 0)),
      column(settlements, (each) => each.classId),
    ],
  });
  const [row] = rows;
  const jobs = (row?.moved ?? []).map(([jobId, attempt, state, providerName, traceparent, waitSeconds]) => ({
    jobId,
    attempt,
    state,
    providerName,
    traceparent,
    waitSeconds,
  }));
  return { jobs, loads: (row?.loads ?? []).map(loadOf) };
}
