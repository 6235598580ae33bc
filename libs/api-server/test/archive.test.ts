import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ExplainRequestSchema, JobState, ListJobsRequestSchema } from "@hodei/api/job";
import { archiveJobs, dropArchivedDays, openStore, readKeptWorkers, type Store } from "@hodei/store";
import { type TestDatabase, testDatabase, waitFor } from "@hodei/testing";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explainJob } from "../src/jobs/explain-job.ts";
import { listJobs } from "../src/jobs/list-jobs.ts";
import { findJob, readJobs } from "../src/jobs/read-jobs.ts";
import { type AgedJob, arbitraryAgedJobs, isDue, writeAgedJobs } from "./aged-jobs.ts";

type Request = Exclude<MessageInitShape<typeof ListJobsRequestSchema>, { $typeName: string }>;
const AFTER_SECONDS = 86_400;
const stack = new AsyncDisposableStack();
let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = stack.use(await testDatabase());
  store = stack.use(await openStore(database.url, { applicationName: "test" }));
});
afterAll(() => stack.disposeAsync());

/** One pass, `atOnce` jobs at a time. @returns how many moved */
async function archive(atOnce: number): Promise<number> {
  let moved = 0;
  for (let from: Awaited<ReturnType<typeof archiveJobs>>["next"], first = true; first || from; first = false) {
    const batch = await store.transaction("selector", (tx) => archiveJobs(tx, AFTER_SECONDS, { from, atOnce }));
    moved += batch.moved;
    from = batch.next;
  }
  return moved;
}

/** A mover that is killed when its rows are written and not committed. */
async function archiveAndDie(atOnce: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("BEGIN");
  await archiveJobs(client, AFTER_SECONDS, { atOnce });
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const pid = rows[0]?.pid;
  await database.query("SELECT pg_terminate_backend($1)", [pid]);
  await waitFor(
    "the connection to be gone",
    async () => (await database.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid])).length === 0,
  );
  await client.end().catch(() => undefined);
}

const everyRow = async () => ({
  jobs: await database.query("SELECT to_jsonb(j) AS row FROM all_jobs j ORDER BY id"),
  workers: await database.query(
    "SELECT to_jsonb(w) - 'job_finished_at' AS row FROM all_workers w ORDER BY job_id, attempt",
  ),
});
const idsOf = async (table: string) =>
  (await database.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);

const arbitraryQuery: fc.Arbitrary<{ pageSize: number; filters: (now: number) => Request }> = fc.record({
  pageSize: fc.integer({ min: 1, max: 12 }),
  filters: fc
    .record(
      {
        states: fc.uniqueArray(
          fc.constantFrom(JobState.PENDING, JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED),
        ),
        provider: fc.constantFrom("east", "nowhere"),
        search: fc.constantFrom("job-1", "50%", "nightly"),
        classId: fc.constantFrom("c1", "c2"),
        afterAgo: fc.integer({ min: 0, max: 700_000 }),
        beforeAgo: fc.integer({ min: 0, max: 700_000 }),
      },
      { requiredKeys: [] },
    )
    .map(({ afterAgo, beforeAgo, ...rest }) => (now: number) => ({
      ...rest,
      ...(afterAgo !== undefined && { submittedAfter: timestampFromDate(new Date(now - afterAgo * 1000)) }),
      ...(beforeAgo !== undefined && { submittedBefore: timestampFromDate(new Date(now - beforeAgo * 1000)) }),
    })),
});

async function pagesOf(request: Request) {
  const pages: Awaited<ReturnType<typeof listJobs>>[] = [];
  for (let pageToken = ""; pages.length === 0 || pageToken; ) {
    const page = await listJobs(store, create(ListJobsRequestSchema, { ...request, pageToken }));
    pages.push(page);
    pageToken = page.nextPageToken;
  }
  return pages;
}

/** All that the API says of the jobs. */
async function told(jobs: readonly AgedJob[], requests: readonly Request[]) {
  const stories = [];
  for (const { id } of jobs) {
    const job = await findJob(store, id);
    const explained = await explainJob(store, create(ExplainRequestSchema, { what: { case: "jobId", value: id } }));
    stories.push({ job, workers: await readKeptWorkers(store, job), explained });
  }
  const pages = [];
  for (const request of requests) pages.push(await pagesOf(request));
  const ids = jobs.map(({ id }) => id);
  const byId = (await readJobs(store, ids)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { stories, pages, byId };
}

test("whatever the jobs' lives were and whenever the mover is killed, each job is in one place, and everything the API says of it stays the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryAgedJobs,
      fc.array(arbitraryQuery, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (jobs, queries, atOnce, dies) => {
        await writeAgedJobs(database, jobs);
        const now = Date.now();
        const requests = queries.map(({ pageSize, filters }) => ({ ...filters(now), pageSize }));
        const [rows, before] = [await everyRow(), await told(jobs, requests)];
        if (dies) await archiveAndDie(atOnce);
        expect(await everyRow()).toEqual(rows);
        const due = jobs.filter((job) => isDue(job, AFTER_SECONDS)).map(({ id }) => id);
        expect(await archive(atOnce)).toBe(due.length);
        expect(await idsOf("jobs_archive")).toEqual(due.sort());
        expect(await everyRow()).toEqual(rows);
        expect(await database.query("SELECT 1 FROM jobs j JOIN jobs_archive a USING (id)")).toEqual([]);
        // The reasons stay as long as the job does, whatever becomes of those in use.
        await database.query(
          "DELETE FROM placements WHERE NOT EXISTS (SELECT 1 FROM workers w WHERE w.class_id = placements.class_id)",
        );
        expect(await told(jobs, requests)).toEqual(before);
        expect(await archive(atOnce)).toBe(0);
      },
    ),
    { numRuns: 25 },
  );
});

const AT = (days: number): AgedJob => ({
  id: `ended-${days}-days-ago`,
  name: null,
  state: "SUCCEEDED",
  class_id: "c1",
  provider: "east",
  submitted_ago: days * 86_400 + 60,
  finished_ago: days * 86_400,
  attempts: 1,
  live: false,
});

test("a day of the archive that is past its time is dropped with its jobs, attempts and reasons, and the others stay", async () => {
  await writeAgedJobs(database, [AT(5), AT(20), AT(40), AT(90)]);
  await archive(100);
  expect(await dropArchivedDays(store.pool, 30 * 86_400)).toBeGreaterThanOrEqual(2);
  expect(await idsOf("all_jobs")).toEqual(["ended-20-days-ago", "ended-5-days-ago"]);
  expect(await database.query("SELECT job_id FROM all_workers ORDER BY 1")).toEqual([
    { job_id: "ended-20-days-ago" },
    { job_id: "ended-5-days-ago" },
  ]);
  const [reasons] = await database.query("SELECT count(*)::int AS days FROM placements_archive");
  expect(reasons).toEqual({ days: 2 });
  expect(await dropArchivedDays(store.pool, 30 * 86_400)).toBe(0);
  await expect(findJob(store, "ended-40-days-ago")).rejects.toThrow('there is no job "ended-40-days-ago"');
});

test("less than a day is no time to keep jobs for", async () => {
  await expect(dropArchivedDays(store.pool, 60)).rejects.toThrow(
    "kept_seconds 60 is less than a day; write at least 86400",
  );
});

test("the id of an archived job is free: the new job is what it names, and its end is archived beside the first", async () => {
  const first = AT(3);
  await writeAgedJobs(database, [first]);
  await archive(100);
  const again = `INSERT INTO jobs (id, state, spec, body_sha256, class_id, attempt, submitted_at, finished_at)
    VALUES ($1, $2, '{"command": ["false"]}', 'other', 'c1', 0, now() - interval '30 hours', $3)`;
  await database.query(again, [first.id, "PENDING", null]);
  expect(await findJob(store, first.id)).toMatchObject({ state: "PENDING", bodySha256: "other" });
  expect(await archive(100)).toBe(0);
  await database.query("UPDATE jobs SET state = 'CANCELLED', finished_at = now() - interval '25 hours'");
  expect(await archive(100)).toBe(1);
  const job = await findJob(store, first.id);
  expect(job).toMatchObject({ state: "CANCELLED" });
  expect(await readKeptWorkers(store, job)).toEqual([]);
  const { jobs } = await listJobs(store, create(ListJobsRequestSchema, {}));
  expect(jobs.map(({ state }) => state)).toEqual([JobState.CANCELLED, JobState.SUCCEEDED]);
});
