import { testDatabase } from "@hodei/testing";
import { expect, test } from "vitest";
import {
  admitJobs,
  advanceWorkers,
  cancelJobs,
  claimWorkers,
  doomUnhealthyStarts,
  extendClaims,
  markOverdueStarts,
  openStore,
  readAttempts,
  readClaimants,
  readLiveWorkers,
  readWaitingHeads,
  readWaitingJobs,
  repairDrift,
  type Store,
  settleWorkers,
  takeOverWorkers,
} from "../src/index.ts";

const BATCH = 64;

async function addProvider({ pool }: Store): Promise<void> {
  await pool.query(
    "INSERT INTO provider_configs (name, provider_type, config, max_workers) VALUES ('p', 'simulated', '{}', 10000)",
  );
  await pool.query("UPDATE provider_configs SET config_errors = '[]'");
}

/** One batch through the hot statements, to its end or until its workers run. */
async function batch({ pool }: Store, name: string, isFinished: boolean, size = BATCH): Promise<void> {
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM provider_configs");
  const providerId = rows[0]?.id ?? "";
  const rank = { priority: 0, activeWorkers: 0, maxWorkers: 10_000, health: "healthy", name: "p" } as const;
  const amounts = { cpuMillis: 0, memoryBytes: 0, gpu: 0 };
  const jobs = Array.from({ length: size }, (_, i) => ({ jobId: `${name}-${i}`, attempt: 1 }));
  const admissions = jobs.map(({ jobId }) => ({
    jobId,
    name: null,
    spec: "{}",
    bodySha256: "",
    classId: "c",
    priority: 0,
    traceparent: null,
    fleetVersion: "1",
    submittedAt: new Date(),
    startSeconds: 60,
    proposal: { providerId, step: "R3" as const, rank, amounts, runSeconds: 60 },
  }));
  const { outcomes } = await admitJobs(pool, admissions, [{ providerId, total: {} }]);
  expect(new Set(outcomes.values())).toEqual(new Set(["placed"]));
  expect(await claimWorkers(pool, jobs, "here:1", 60)).toHaveLength(size);
  const at = new Date().toISOString();
  expect(
    await advanceWorkers(
      pool,
      jobs.map((job) => ({ ...job, state: "RUNNING", at })),
    ),
  ).toHaveLength(size);
  if (!isFinished) return;
  const end = { startedAt: at, exitCode: 0, code: null, message: null, result: null, providerType: "x", classId: null };
  const ends = jobs.map((job) => ({
    ...job,
    ...end,
    state: "EXITED" as const,
    outcome: { next: "SUCCEEDED" as const },
  }));
  expect((await settleWorkers(pool, ends)).jobs).toHaveLength(size);
}

/** How often a table was read from end to end, or the workers that are live all looked through. */
async function wideReads({ pool }: Store): Promise<number> {
  await pool.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool.query<{ reads: number }>(
    `SELECT (SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('jobs', 'workers'))
          + (SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'workers_live_idx') AS reads`,
  );
  return Number(rows[0]?.reads);
}

/** Entries that look-ups by key have read, of jobs and workers. */
async function entriesRead({ pool }: Store): Promise<number> {
  await pool.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool.query<{ entries: number }>(
    "SELECT sum(idx_tup_read) AS entries FROM pg_stat_user_indexes WHERE indexrelname IN ('jobs_pkey', 'workers_pkey')",
  );
  return Number(rows[0]?.entries);
}

test("what a job costs does not grow with the jobs that are there", async () => {
  await using database = await testDatabase();
  await using store = await openStore(database.url, { applicationName: "test", steadyPlans: true, maxConnections: 1 });
  await addProvider(store);
  const entriesOf = async (name: string, size: number) => {
    const before = await entriesRead(store);
    await batch(store, name, true, size);
    const [id, jobs] = [`${name}-0`, Array.from({ length: size }, (_, i) => ({ jobId: `${name}-${i}`, attempt: 1 }))];
    expect(await readLiveWorkers(store.pool, jobs)).toEqual(new Set());
    expect(await readAttempts(store.pool, [id], [1])).toMatchObject([{ jobId: id, jobState: "SUCCEEDED" }]);
    const cancelled = await cancelJobs(store.pool, [{ jobId: id, reason: null }]);
    expect(cancelled).toMatchObject({ jobs: [{ jobId: id, state: "SUCCEEDED", won: false }], workers: [] });
    return ((await entriesRead(store)) - before) / size;
  };
  const first = await entriesOf("first", 1);
  for (const round of ["grown", "analysed"]) {
    for (let i = 0; i < 10; i += 1) await batch(store, `${round}-${i}`, true);
    for (let i = 0; i < 7; i += 1) {
      expect(await entriesOf(`${round}-one-${i}`, 1)).toBeLessThanOrEqual(2 * first);
      expect(await entriesOf(`${round}-many-${i}`, BATCH)).toBeLessThanOrEqual(2 * first);
    }
    await store.pool.query("VACUUM (ANALYZE) jobs, workers");
  }
});

test("batches go by the keys of their rows, on whatever statistics their plans were made", async () => {
  await using database = await testDatabase();
  // One connection, so that what was prepared on it stays.
  await using store = await openStore(database.url, { applicationName: "test", steadyPlans: true, maxConnections: 1 });
  await addProvider(store);
  const wideReadsOf = async (round: string) => {
    // From the sixth run on, PostgreSQL keeps one plan for all.
    for (let i = 0; i < 7; i += 1) await batch(store, `${round}-${i}`, true);
    const before = await wideReads(store);
    for (let i = 0; i < 20; i += 1) await batch(store, `${round}-live-${i}`, false);
    await batch(store, `${round}-last`, true);
    return (await wideReads(store)) - before;
  };
  await store.pool.query("VACUUM (ANALYZE) jobs, workers");
  expect(await wideReadsOf("empty")).toBe(0);
  await store.pool.query("UPDATE workers SET state = 'EXITED'");
  await store.pool.query("VACUUM (ANALYZE) jobs, workers");
  expect(await wideReadsOf("idle")).toBe(0);
});

const CLAIM = {
  seconds: 15,
  patienceSeconds: 5,
  limit: 1_000,
  host: "here",
  perMachineTypes: ["process"],
  lostAfterSeconds: 300,
};
const SWEEPS: Record<string, (store: Store) => Promise<unknown>> = {
  "take over": ({ pool }) => takeOverWorkers(pool, "here:1", CLAIM),
  "overdue starts": ({ pool }) => markOverdueStarts(pool, 1_000),
  "starts at unhealthy providers": ({ pool }) => doomUnhealthyStarts(pool, 1_000),
  drift: ({ pool }) => repairDrift(pool),
  claims: ({ pool }) => extendClaims(pool, "here:1", 15),
  claimants: ({ pool }) => readClaimants(pool),
};

for (const [name, sweep] of Object.entries(SWEEPS))
  for (const analysed of ["never", "while it was empty"])
    test(`a sweep (${name}) passes over finished workers, planned on a table that was analysed ${analysed}`, async () => {
      await using database = await testDatabase();
      await using store = await openStore(database.url, {
        applicationName: "test",
        steadyPlans: true,
        maxConnections: 1,
      });
      await addProvider(store);
      if (analysed !== "never") await store.pool.query("VACUUM (ANALYZE) jobs, workers");
      await sweep(store);
      for (let i = 0; i < 10; i += 1) await batch(store, `done-${i}`, true);
      await batch(store, "live", false);
      const before = await entriesRead(store);
      await sweep(store);
      expect((await entriesRead(store)) - before).toBeLessThanOrEqual(BATCH);
    });

const CLASSES = 5;
const WAITING_OF_EACH = 1_000;

for (const analysed of ["never", "while it was empty"])
  test(`a look at the waiting jobs reads a few of them, planned on a table that was analysed ${analysed}`, async () => {
    await using database = await testDatabase();
    await using store = await openStore(database.url, {
      applicationName: "test",
      steadyPlans: true,
      maxConnections: 1,
    });
    const { pool } = store;
    const look = async () => {
      const { heads, retrySeconds } = await readWaitingHeads(pool, "", 100);
      const ids = heads.map(({ classId }) => classId);
      return { ids, next: await readWaitingJobs(pool, ids, 16), retrySeconds };
    };
    if (analysed !== "never") await pool.query("VACUUM (ANALYZE) jobs");
    else await addWaiting(store, CLASSES * WAITING_OF_EACH);
    await look();
    if (analysed !== "never") await addWaiting(store, CLASSES * WAITING_OF_EACH);
    const before = await rowsRead(store);
    expect(await look()).toMatchObject({ ids: { length: CLASSES }, next: { length: 16 }, retrySeconds: null });
    expect((await rowsRead(store)) - before).toBeLessThan(50 * CLASSES);
  });

async function addWaiting({ pool }: Store, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO jobs (id, state, spec, body_sha256, class_id, submitted_at)
     SELECT 'waits-' || i, 'PENDING', '{}', '', 'class-' || i % ${CLASSES}, now() + i * interval '1 ms' FROM generate_series(1, $1::int) i`,
    [count],
  );
}

/** Rows of jobs that were read by whatever way. */
async function rowsRead({ pool }: Store): Promise<number> {
  await pool.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool.query<{ read: number }>(
    `SELECT (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'jobs')
          + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'jobs') AS read`,
  );
  return Number(rows[0]?.read);
}
