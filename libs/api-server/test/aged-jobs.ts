import type { TestDatabase } from "@hodei/testing";
import fc from "fast-check";

/** A job as its life could have gone, some of it long ago. */
export interface AgedJob {
  id: string;
  name: string | null;
  state: "PENDING" | "PROVISIONING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED";
  class_id: string;
  provider: string;
  submitted_ago: number;
  finished_ago: number | null;
  attempts: number;
  /** Its last worker holds a slot. */
  live: boolean;
}

const FINAL = ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"] as const;
const DAY = 86_400;

// Not within an hour of the day after which jobs are archived here: what is due does not change while a test runs.
const arbitraryAgo = fc.oneof(fc.integer({ min: 0, max: 23 * 3600 }), fc.integer({ min: 25 * 3600, max: 6 * DAY }));

const arbitraryEnd = fc.oneof(
  // A finished job whose worker is still live is nothing that the services leave behind, and must not move all the more.
  fc.record({ state: fc.constantFrom(...FINAL), finished_ago: arbitraryAgo, live: rarely() }),
  fc.record({
    state: fc.constantFrom("PROVISIONING" as const, "RUNNING" as const),
    finished_ago: fc.constant(null),
    live: fc.constant(true),
  }),
  fc.record({ state: fc.constant("PENDING" as const), finished_ago: fc.constant(null), live: fc.constant(false) }),
);

function rarely() {
  return fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
}

export const arbitraryAgedJobs: fc.Arbitrary<AgedJob[]> = fc
  .array(
    fc.record({
      name: fc.constantFrom(null, "nightly", "Import 50%"),
      class_id: fc.constantFrom("c1", "c2"),
      provider: fc.constantFrom("east", "west"),
      took: fc.integer({ min: 0, max: 3 * DAY }),
      attempts: fc.integer({ min: 0, max: 3 }),
      end: arbitraryEnd,
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((jobs) =>
    jobs.map(({ end, took, attempts, ...job }, i) => ({
      ...job,
      ...end,
      id: `job-${i}`,
      attempts: end.live ? Math.max(1, attempts) : attempts,
      submitted_ago: (end.finished_ago ?? 0) + took,
    })),
  );

export function isDue({ state, finished_ago: ago, live }: AgedJob, afterSeconds: number): boolean {
  return state !== "PENDING" && ago !== null && ago > afterSeconds && !live;
}

/** Writes them in place of all that was there. */
export async function writeAgedJobs(database: TestDatabase, jobs: readonly AgedJob[]): Promise<void> {
  await database.query(
    "TRUNCATE jobs, workers, placements, jobs_archive, workers_archive, placements_archive, provider_configs CASCADE",
  );
  await database.query(
    `WITH input AS (
       SELECT * FROM jsonb_to_recordset($1) AS i(id text, name text, state text, class_id text, provider text, submitted_ago float8,
                                                 finished_ago float8, attempts int, live boolean)
     ), admitted AS (
       INSERT INTO jobs (id, name, state, spec, body_sha256, class_id, provider_id, provider_name, fleet_version, attempt, submitted_at, finished_at)
       SELECT id, name, state, jsonb_build_object('job_id', id, 'command', '["true"]'::jsonb), md5(id), class_id,
              CASE WHEN attempts > 0 THEN md5(provider)::uuid END, CASE WHEN attempts > 0 THEN provider END, 'f1', attempts,
              now() - make_interval(secs => submitted_ago), now() - make_interval(secs => finished_ago) FROM input
     )
     INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state, class_id, fleet_version, requested_at, finished_at)
     SELECT id, n, md5(provider)::uuid, provider, 'simulated', CASE WHEN live AND n = attempts THEN 'RUNNING' ELSE 'EXITED' END, class_id, 'f1',
            now() - make_interval(secs => submitted_ago), now() - make_interval(secs => finished_ago)
       FROM input, generate_series(1, attempts) n`,
    [JSON.stringify(jobs)],
  );
  const decision = { placed: false };
  const explanation = { decision, candidates: 2, eligible: 0, providers: [], omitted: 0, refusedBy: {}, hints: [] };
  await database.query(
    `INSERT INTO placements (class_id, fleet_version, requirements, explanation)
     SELECT c, 'f1', '{}', jsonb_set($1, '{hints}', jsonb_build_array(c)) FROM unnest(ARRAY['c1', 'c2']) c`,
    [JSON.stringify(explanation)],
  );
}
