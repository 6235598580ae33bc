import { makeLogger } from "@hodei/telemetry";
import { type TestDatabase, testDatabase } from "@hodei/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type CheckRecord,
  claimCheck,
  claimDueChecks,
  type DueCheck,
  enrolProviders,
  openStore,
  recordCheck,
  type Store,
} from "../src/index.ts";

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = await openStore(database.url, { applicationName: "test", logger: makeLogger("test", "silent") });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => database.query("TRUNCATE provider_configs CASCADE"));

async function addProviders(count: number, healthCheck: object = {}): Promise<void> {
  await database.query(
    `INSERT INTO provider_configs (name, provider_type, config, config_errors)
     SELECT 'p' || i, 'process', $2, '[]' FROM generate_series(1, $1) i`,
    [count, JSON.stringify({ type: "process", health_check_config: healthCheck })],
  );
  await enrolProviders(store.pool, 1_000);
}

const found = (due: DueCheck, health: CheckRecord["health"]): CheckRecord => ({
  due,
  checkedBy: "one",
  health,
  code: health === "healthy" ? null : "UNREACHABLE",
  cause: "c",
  fix: "f",
  detail: "d",
  latencyMs: 1,
  consecutiveFailures: 0,
  consecutiveSuccesses: 1,
  recent: "+",
  nextCheckSeconds: 30,
  steps: [{ name: "ask", ok: true }],
  certificateExpiresAt: null,
  capabilities: null,
});
const record = (due: DueCheck, health: CheckRecord["health"]) =>
  store.transaction("health", (tx) => recordCheck(tx, found(due, health)));
const statusOf = async () =>
  (await database.query<{ status: string }>("SELECT status FROM provider_configs"))[0]?.status;

test("rivals never claim the same check, and together they claim all of them", async () => {
  await addProviders(50);
  const claims = await Promise.all(["a", "b", "c"].map((who) => claimDueChecks(store.pool, who, 50)));
  const ids = claims.flat().map(({ providerId }) => providerId);
  expect(new Set(ids).size).toBe(50);
  expect(ids).toHaveLength(50);
  expect(await claimDueChecks(store.pool, "d", 50)).toEqual([]);
});

test.each([
  [{}, 5 + 10],
  [{ interval_seconds: 10, timeout_seconds: 4 }, 10],
  [{ interval_seconds: 60, timeout_seconds: 55 }, 60],
  [{ interval_seconds: 1, timeout_seconds: 1 }, 3],
])(
  "a claim with %j lasts %i s: a checker that dies delays a provider by an interval at most",
  async (config, seconds) => {
    await addProviders(1, config);
    const lasting = await store.transaction("health", async (tx) => {
      await claimDueChecks(tx, "a", 1);
      const { rows } = await tx.query<{ seconds: number }>(
        "SELECT extract(epoch FROM claim_expires_at - now())::int AS seconds FROM provider_health",
      );
      return rows[0]?.seconds;
    });
    expect(lasting).toBe(seconds);
  },
);

test("settings of a plug-in that are no numbers stop nobody's checks", async () => {
  await addProviders(2, { interval_seconds: "soon", timeout_seconds: null });
  expect(await claimDueChecks(store.pool, "a", 10)).toHaveLength(2);
});

test("a whole fleet that appears at one stroke is spread over an interval; the first ones are checked at once", async () => {
  await database.query(
    `INSERT INTO provider_configs (name, provider_type, config, config_errors)
     SELECT 'p' || i, 'process', '{"type": "process"}', '[]' FROM generate_series(1, 1000) i`,
  );
  const [row] = await store.transaction("health", async (tx) => {
    await enrolProviders(tx, 32);
    const { rows } = await tx.query<{ now: number; latest: number; fullest: number }>(
      `SELECT count(*) FILTER (WHERE next_check_at = now())::int AS now, extract(epoch FROM max(next_check_at) - now())::float8 AS latest,
              (SELECT max(n)::int FROM (SELECT count(*) AS n FROM provider_health WHERE next_check_at > now()
                                         GROUP BY date_trunc('second', next_check_at - now())) s) AS fullest FROM provider_health`,
    );
    return rows;
  });
  expect(row?.now).toBe(32);
  expect(row?.latest).toBeLessThanOrEqual(30);
  expect(row?.fullest).toBeLessThan(100);
});

test("a changed configuration makes its check due at once; what Hodei itself writes does not", async () => {
  await addProviders(1);
  const [due] = await claimDueChecks(store.pool, "a", 1);
  await record(due as DueCheck, "healthy");
  await store.transaction("selector", (tx) => tx.query("UPDATE provider_configs SET active_workers = 1"));
  await enrolProviders(store.pool, 32);
  expect(await claimDueChecks(store.pool, "b", 1)).toEqual([]);
  await database.query(`UPDATE provider_configs SET config = config || '{"start_concurrency": 2}'`);
  await database.query(`UPDATE provider_configs SET config_errors = '[]'`);
  await enrolProviders(store.pool, 32);
  expect(await claimDueChecks(store.pool, "b", 1)).toHaveLength(1);
});

test("an operator's ACTIVE, even if unchanged, forgets what was known: a check under way counts no more, and the next is due", async () => {
  await addProviders(1);
  const [before] = await claimDueChecks(store.pool, "a/1", 1);
  await database.query("UPDATE provider_configs SET status = 'ACTIVE'");
  await enrolProviders(store.pool, 32);
  const [after] = await claimDueChecks(store.pool, "a/2", 1);
  expect(after).toMatchObject({ health: "unknown", consecutiveFailures: 0, recent: "" });
  expect(await record(before as DueCheck, "unhealthy")).toEqual({ written: false, changed: false, tell: false });
  expect(await statusOf()).toBe("ACTIVE");
  expect(await record(after as DueCheck, "healthy")).toMatchObject({ written: true, changed: true });
});

test.each(["DISABLED", "MAINTENANCE"])(
  "a check that began before %s writes what it found and leaves the word",
  async (word) => {
    await addProviders(1);
    const [due] = await claimDueChecks(store.pool, "a", 1);
    await database.query("UPDATE provider_configs SET status = $1", [word]);
    await record(due as DueCheck, "unhealthy");
    expect(await statusOf()).toBe(word);
  },
);

test("a check asked for is claimed though it is not due, but not beside one that is under way", async () => {
  await addProviders(1);
  const [due] = await claimDueChecks(store.pool, "a", 1);
  const id = due?.providerId ?? "";
  expect(await claimCheck(store.pool, "b", id)).toBeUndefined();
  await record(due as DueCheck, "healthy");
  expect(await claimDueChecks(store.pool, "b", 1)).toEqual([]);
  expect(await claimCheck(store.pool, "b", id)).toMatchObject({ providerId: id, health: "healthy" });
});

test("what changed is told, what did not is not, until a minute has passed", async () => {
  await addProviders(1);
  const told = [];
  for (const health of ["healthy", "healthy", "degraded", "degraded"] as const) {
    const due = (await database.query<{ id: string }>("SELECT id FROM provider_configs"))[0]?.id ?? "";
    told.push((await record((await claimCheck(store.pool, `c${told.length}`, due)) as DueCheck, health)).tell);
  }
  expect(told).toEqual([true, false, true, false]);
  await database.query("UPDATE provider_health SET told_at = now() - interval '61 seconds'");
  const id = (await database.query<{ id: string }>("SELECT id FROM provider_configs"))[0]?.id ?? "";
  expect(await record((await claimCheck(store.pool, "last", id)) as DueCheck, "degraded")).toEqual({
    written: true,
    changed: false,
    tell: true,
  });
});
