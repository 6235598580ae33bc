import { testDatabase } from "@hodei/testing";
import pg from "pg";
import { expect, test } from "vitest";
import { countJobs } from "../src/statements/count-jobs.ts";

const INSERT = `
INSERT INTO jobs (id, state, spec, body_sha256, class_id, submitted_at, finished_at)
SELECT $1 || n, $2, '{}', '', $3 || n % $4, now() - interval '60 seconds', $5::timestamptz FROM generate_series(1, $6::int) n`;

/** How often each table was read from end to end. */
async function wholeReads(client: pg.Client) {
  await client.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await client.query(
    "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('jobs', 'workers') ORDER BY relname",
  );
  return rows;
}

test("the jobs that wait and run are counted without reading those that have finished, even on statistics from before", async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    // Statistics of a moment at which every job was waiting.
    await client.query(INSERT, ["early-", "PENDING", "c", 10, null, 2_000]);
    await client.query("ANALYZE jobs");
    await client.query("UPDATE jobs SET state = 'SUCCEEDED', finished_at = now()");
    await client.query(INSERT, ["done-", "SUCCEEDED", "c", 10, new Date(), 50_000]);
    await client.query(INSERT, ["waits-", "PENDING", "c", 3, null, 7]);
    await client.query(INSERT, ["runs-", "RUNNING", "c", 3, null, 2]);
    await client.query(
      `INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state)
       SELECT id, 1, gen_random_uuid(), 'p', 'simulated', CASE WHEN finished_at IS NULL THEN 'RUNNING' ELSE 'EXITED' END
         FROM jobs WHERE NOT is_waiting`,
    );
    const before = await wholeReads(client);
    const counts = await countJobs(client);
    expect(await wholeReads(client)).toEqual(before);
    expect(Object.fromEntries(counts.byState)).toEqual({ PENDING: 7, PROVISIONING: 0, RUNNING: 2 });
    expect(counts).toMatchObject({ waitingClasses: 3, largestClassJobs: 3 });
    expect(counts.oldestWaitingSeconds).toBeGreaterThanOrEqual(60);
  } finally {
    await client.end();
  }
});
