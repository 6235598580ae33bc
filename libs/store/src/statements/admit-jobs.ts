import { column } from "../column.ts";
import type { Queryable } from "../queryable.ts";
import { COUNT_UP, GRANT_SLOTS, INSERT_WORKERS, LOADS_AS_JSON } from "./grant-slots.ts";
import { type PlacementProposal, type ProviderTotal, rankAsJson, totalColumns } from "./placement-proposal.ts";
import { type LoadTuple, loadOf, type ProviderLoad } from "./provider-load.ts";

/** A valid submission and where it would go. */
export interface JobAdmission {
  jobId: string;
  name: string | null;
  /** The wire body as JSON text. */
  spec: string;
  bodySha256: string;
  classId: string;
  priority: number;
  traceparent: string | null;
  fleetVersion: string;
  submittedAt: Date;
  startSeconds: number;
  proposal: PlacementProposal | null;
}

/**
 * `placed`: row and worker written. `waiting`: row written, PENDING as proposed. `lost`: row written, PENDING, but its
 * proposal found no room. `same`/`different`: the id is known, with this or another body. `raced`: another selector inserted the id
 * meanwhile; ask again.
 */
export type AdmissionOutcome = "placed" | "waiting" | "lost" | "same" | "different" | "raced";

export interface AdmissionResult {
  outcomes: Map<string, AdmissionOutcome>;
  loads: ProviderLoad[];
}

// `(… IN (SELECT …)) IS TRUE` is looked up in a hash table; as a plain IN or EXISTS it becomes a join, and that a loop (see GRANT_SLOTS).
const TEXT = `
WITH input AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
           unnest($1::text[], $2::text[]), jsonb_array_elements($3::jsonb),
           unnest($4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::timestamptz[], $10::float8[], $11::uuid[], $12::text[],
                  $13::text[], $14::bigint[], $15::bigint[], $16::int[], $17::int[]))
    WITH ORDINALITY AS i(id, name, spec, body_sha256, class_id, priority, traceparent, fleet_version, submitted_at, start_seconds,
                         provider_id, fallback_step, rank_key, cpu_millis, memory_bytes, gpu, run_seconds, ord)
),
totals AS (SELECT * FROM unnest($18::uuid[], $19::bigint[], $20::bigint[], $21::int[]) AS t(provider_id, cpu_millis, memory_bytes, gpu)),
known AS MATERIALIZED (
  SELECT i.id, l.body_sha256 FROM input i CROSS JOIN LATERAL (SELECT j.body_sha256 FROM jobs j WHERE j.id = i.id OFFSET 0) l
),
proposal AS MATERIALIZED (SELECT i.*, 1 AS attempt FROM input i WHERE (i.id IN (SELECT k.id FROM known k)) IS NOT TRUE),
${GRANT_SLOTS},
admitted AS (
  INSERT INTO jobs (id, name, state, spec, body_sha256, class_id, priority, attempt, provider_id, provider_name, fleet_version,
                    traceparent, submitted_at, provisioning_at)
  SELECT g.id, g.name, CASE WHEN g.is_granted THEN 'PROVISIONING' ELSE 'PENDING' END, g.spec, g.body_sha256, g.class_id,
         g.priority, CASE WHEN g.is_granted THEN 1 ELSE 0 END, CASE WHEN g.is_granted THEN g.provider_id END,
         CASE WHEN g.is_granted THEN g.provider_name END, g.fleet_version, g.traceparent,
         g.submitted_at + g.ord * interval '1 microsecond', CASE WHEN g.is_granted THEN now() END
    FROM graded g
   ORDER BY g.id
  ON CONFLICT (id) DO NOTHING
  RETURNING id, attempt
),
started AS MATERIALIZED (SELECT g.* FROM graded g WHERE g.is_granted AND (g.id IN (SELECT a.id FROM admitted a)) IS TRUE),
worker_rows AS (${INSERT_WORKERS}),
counted AS (${COUNT_UP})
SELECT json_agg(json_build_array(i.id, CASE
         WHEN k.id IS NOT NULL THEN CASE WHEN k.body_sha256 = i.body_sha256 THEN 'same' ELSE 'different' END
         WHEN a.id IS NULL THEN 'raced'
         WHEN a.attempt = 1 THEN 'placed'
         WHEN i.provider_id IS NULL THEN 'waiting'
         ELSE 'lost' END)) AS outcomes,
       ${LOADS_AS_JSON} AS loads
  FROM input i LEFT JOIN admitted a ON a.id = i.id LEFT JOIN known k ON k.id = i.id`;

/** Writes a batch of submissions and reserves what it can, in one statement (design §9). `jobs` holds each id once. */
export async function admitJobs(
  db: Queryable,
  jobs: readonly JobAdmission[],
  totals: readonly ProviderTotal[],
): Promise<AdmissionResult> {
  const { rows } = await db.query<{ outcomes: [string, AdmissionOutcome][] | null; loads: LoadTuple[] }>({
    name: "admit-jobs",
    text: TEXT,
    values: [
      column(jobs, (job) => job.jobId),
      column(jobs, (job) => job.name),
      `[${jobs.map((job) => job.spec).join(",")}]`,
      column(jobs, (job) => job.bodySha256),
      column(jobs, (job) => job.classId),
      column(jobs, (job) => job.priority),
      column(jobs, (job) => job.traceparent),
      column(jobs, (job) => job.fleetVersion),
      column(jobs, (job) => job.submittedAt),
      column(jobs, (job) => job.startSeconds),
      column(jobs, (job) => job.proposal?.providerId ?? null),
      column(jobs, (job) => job.proposal?.step ?? null),
      column(jobs, (job) => (job.proposal ? rankAsJson(job.proposal.rank) : null)),
      column(jobs, (job) => job.proposal?.amounts.cpuMillis ?? 0),
      column(jobs, (job) => job.proposal?.amounts.memoryBytes ?? 0),
      column(jobs, (job) => job.proposal?.amounts.gpu ?? 0),
      column(jobs, (job) => job.proposal?.runSeconds ?? null),
      ...totalColumns(totals),
    ],
  });
  return { outcomes: new Map(rows[0]?.outcomes ?? []), loads: (rows[0]?.loads ?? []).map(loadOf) };
}
