import type { Pool } from "pg";

/** Rows of one statement. */
const CHUNK = 250_000;

/** Writes finished jobs, each with its worker, as they lie there after a day of work. @returns the bytes of both tables */
export async function addFinishedJobs(db: Pool, count: number): Promise<number> {
  for (let from = 1; from <= count; from += CHUNK) {
    const range = [from, Math.min(count, from + CHUNK - 1), count];
    await db.query(
      `INSERT INTO jobs (id, state, spec, body_sha256, class_id, attempt, provider_id, provider_name, fleet_version,
                         submitted_at, provisioning_at, running_at, finished_at, exit_code)
       SELECT 'old-' || i, 'SUCCEEDED', jsonb_build_object('job_id', 'old-' || i, 'command', '["true"]'::jsonb),
              encode(sha256(('old-' || i)::bytea), 'hex'), 'old', 1, p.id, p.name, 'old', at.t, at.t, at.t, at.t, 0
         FROM generate_series($1::int, $2::int) i,
              LATERAL (SELECT now() - interval '1 day' * (1 - i::float8 / $3) - interval '1 hour' AS t) at,
              (SELECT id, name FROM provider_configs ORDER BY name LIMIT 1) p`,
      range,
    );
    await db.query(
      `INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state, class_id, fleet_version,
                            requested_at, starting_at, running_at, finished_at, claimed_by, resource_id, exit_code)
       SELECT j.id, 1, j.provider_id, j.provider_name, 'simulated', 'EXITED', j.class_id, j.fleet_version,
              j.submitted_at, j.submitted_at, j.running_at, j.finished_at, 'bench', j.id, 0
         FROM generate_series($1::int, $2::int) i JOIN jobs j ON j.id = 'old-' || i`,
      range.slice(0, 2),
    );
  }
  await db.query("VACUUM ANALYZE");
  const { rows } = await db.query<{ bytes: string }>(
    "SELECT pg_total_relation_size('jobs') + pg_total_relation_size('workers') AS bytes",
  );
  return Number(rows[0]?.bytes);
}
