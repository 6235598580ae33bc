import { readSubmission, requirementClassOf } from "@hodei/admission";
import { JobSpec } from "@hodei/contracts";
import { makeFleet } from "@hodei/placement";
import { openStore, type Store } from "@hodei/store";
import { makeLogger } from "@hodei/telemetry";
import { type TestDatabase, testDatabase } from "@hodei/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FleetView, makeFleetView } from "../src/placing/fleet-view.ts";
import { makePlacer } from "../src/placing/placer.ts";

/** Who may run what: `both` overlaps with the others, so that classes compete for the same slots. */
const POOLS = { a: { pool: "a" }, b: { pool: "b" }, both: {} } as const;
type Pool = keyof typeof POOLS;

let database: TestDatabase;
let store: Store;
const logger = makeLogger("test", "silent");
beforeAll(async () => {
  database = await testDatabase();
  store = await openStore(database.url, { applicationName: "test", logger });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const anyJobs = fc.array(
  fc.record({ pool: fc.constantFrom<Pool>("a", "b", "both"), priority: fc.integer({ min: 0, max: 2 }) }),
  { minLength: 1, maxLength: 40 },
);
const anySlots = fc.record({ a: fc.integer({ min: 0, max: 12 }), b: fc.integer({ min: 0, max: 12 }) });

test("freed slots go to the jobs that get them when each is asked for in turn: priority, then submission", async () => {
  await fc.assert(
    fc.asyncProperty(anyJobs, anySlots, async (asked, slots) => {
      const { placer, view } = await waitingAtFullProviders(
        asked.map(({ pool, priority }) => ({ priority, required_labels: POOLS[pool] })),
      );
      await setSlots(view, slots);

      const expected = placedInTurn(view.fleet.all(), asked);
      const placed: string[] = [];
      await placer.placeWaiting(async (round) => void placed.push(...round.map(({ jobId }) => jobId)));
      expect(placed).toEqual(expected);
      const { rows } = await store.pool.query<{ id: string }>("SELECT id FROM jobs WHERE state = 'PROVISIONING'");
      expect(rows.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 40 },
  );
});

test("with more kinds of waiting job than one look takes, each kind has its turn", async () => {
  const kinds = Array.from({ length: 7 }, (_, i) => ({ required_annotations: { kind: String(i) } }));
  const { placer, view } = await waitingAtFullProviders([...kinds, { required_labels: { pool: "b" } }], 2);
  await setSlots(view, { a: 9, b: 1 });
  const placed: string[] = [];
  let looks = 1;
  while ((await placer.placeWaiting(async (round) => void placed.push(...round.map(({ jobId }) => jobId)))).hasMore)
    looks += 1;
  expect(placed).toEqual(["job-7"]);
  expect(looks).toBeGreaterThanOrEqual(4);
});

test("who comes while others are placed, and goes before them, is placed before them", async () => {
  const { placer, view } = await waitingAtFullProviders(Array.from({ length: 30 }, () => ({})));
  await setSlots(view, { a: 20, b: 0 });
  const placed: string[] = [];
  await placer.placeWaiting(async (round) => {
    if (placed.length === 0)
      await store.pool.query(
        `INSERT INTO jobs (id, state, spec, body_sha256, class_id, priority)
         VALUES ('urgent', 'PENDING', '{"command":["true"],"priority":9,"required_labels":{"pool":"a"}}', '', 'of its own', 9)`,
      );
    placed.push(...round.map(({ jobId }) => jobId));
  });
  expect(placed).toHaveLength(20);
  expect(placed.slice(0, 2)).toEqual(["job-0", "urgent"]);
});

test("the reason that a placed job keeps is that of its decision, also when it took the last slot", async () => {
  const { placer, view } = await waitingAtFullProviders([{}, {}]);
  await setSlots(view, { a: 1, b: 1 });
  await placer.placeWaiting(async () => undefined);
  await setSlots(view, { a: 1, b: 2 });
  await placer.admit([arrivalOf({ job_id: "job-2", command: ["true"] }, 2)]);
  const { rows } = await store.pool.query(
    `SELECT w.job_id, p.explanation -> 'decision' -> 'placed' AS placed, (p.explanation -> 'eligible')::int AS eligible
       FROM workers w JOIN placements p ON p.class_id = w.class_id AND p.fleet_version = w.fleet_version ORDER BY w.job_id`,
  );
  expect(rows).toEqual([
    { job_id: "job-0", placed: true, eligible: 2 },
    { job_id: "job-1", placed: true, eligible: 1 },
    { job_id: "job-2", placed: true, eligible: 1 },
  ]);
});

/** Jobs that wait because no provider has a slot; they are `job-0` and so on, submitted in this order. */
async function waitingAtFullProviders(jobs: readonly object[], classesAtOnce = 1_000) {
  const db = store.pool;
  await db.query("TRUNCATE jobs, workers, provider_configs CASCADE");
  await db.query(
    `INSERT INTO provider_configs (name, provider_type, config, max_workers, required_labels, config_errors)
     VALUES ('a', 'simulated', '{"type":"simulated"}', 0, '{"pool":"a"}', '[]'), ('b', 'simulated', '{"type":"simulated"}', 0, '{"pool":"b"}', '[]')`,
  );
  const view = makeFleetView(db);
  await view.refresh();
  const placer = makePlacer({ db, view, logger, classesAtOnce });
  await placer.admit(jobs.map((job, i) => arrivalOf({ job_id: `job-${i}`, command: ["true"], ...job }, i)));
  return { placer, view };
}

async function setSlots(view: FleetView, slots: { a: number; b: number }): Promise<void> {
  await store.pool.query("UPDATE provider_configs SET max_workers = CASE name WHEN 'a' THEN $1::int ELSE $2::int END", [
    slots.a,
    slots.b,
  ]);
  await view.refresh();
}

function arrivalOf(job: object, i: number) {
  const read = readSubmission(Buffer.from(JSON.stringify(job)), () => "none");
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { ...read.submission, submittedAt: new Date(1_700_000_000_000 + i * 1_000), traceparent: null };
}

/** One after the other, each on the fleet as the one before has left it. */
function placedInTurn(
  providers: Parameters<typeof makeFleet>[0],
  asked: readonly { pool: Pool; priority: number }[],
): string[] {
  const fleet = makeFleet(structuredClone(providers));
  const inOrder = asked
    .map((job, i) => ({ ...job, id: `job-${i}` }))
    .toSorted((one, other) => other.priority - one.priority);
  return inOrder.flatMap(({ pool, id }) => {
    const spec = JobSpec.parse({ command: ["true"], required_labels: POOLS[pool] });
    const decision = fleet.decide(requirementClassOf(spec).requirements);
    if (!decision.placed) return [];
    fleet.reserve(decision.providerId, { cpuMillis: 0, memoryBytes: 0, gpu: 0 });
    return [id];
  });
}
