import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownPostgres, type ServiceName, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const JOBS = 2_000;
const PROCESSES = 60;
const ALL: readonly ServiceName[] = ["registry", "selector", "health", "provisioner"];

/** Writes down, inside the very transactions, what must never happen (I1, I2): seen by nobody but the test. */
const WITNESS = `
CREATE TABLE overfull (name text, active_workers int, max_workers int);
CREATE TABLE finished (job_id text, state text);
CREATE FUNCTION witness_capacity() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.active_workers > NEW.max_workers OR NEW.active_workers < 0 THEN INSERT INTO overfull VALUES (NEW.name, NEW.active_workers, NEW.max_workers); END IF;
  RETURN NULL; END $$;
CREATE TRIGGER witness_capacity AFTER UPDATE OF active_workers ON provider_configs FOR EACH ROW EXECUTE FUNCTION witness_capacity();
CREATE FUNCTION witness_finish() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO finished VALUES (NEW.id, NEW.state); RETURN NULL; END $$;
CREATE TRIGGER witness_finish AFTER UPDATE OF state ON jobs FOR EACH ROW
  WHEN (NEW.state IN ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED') AND NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION witness_finish();`;

async function prepare(cluster: TestCluster): Promise<void> {
  await cluster.database.query(WITNESS);
  for (const name of ["sim-a", "sim-b", "sim-c"]) {
    await cluster.addProvider({
      name,
      provider_type: "simulated",
      config: { type: "simulated", run_time_ms: 40 },
      max_workers: 20,
    });
  }
  await cluster.addProvider({
    name: "real",
    provider_type: "process",
    max_workers: 8,
    required_labels: { real: "yes" },
  });
}

/** Most run nowhere, some are real processes that leave a line each: whoever ran twice left two. */
async function submitAll(cluster: TestCluster): Promise<void> {
  const jobs = Array.from({ length: JOBS }, (_, i) =>
    i % Math.floor(JOBS / PROCESSES) === 0
      ? {
          job_id: `real-${i}`,
          command: ["sh", "-c", `echo ${i} >> ${join(cluster.home, "ran")}; sleep 0.2`],
          provider_type: "process",
        }
      : { job_id: `sim-${i}`, command: ["true"], provider_type: "simulated" },
  );
  for (let at = 0; at < jobs.length; at += 250) await cluster.submit(...jobs.slice(at, at + 250));
}

async function finishedSoFar(cluster: TestCluster, atLeast: number): Promise<void> {
  await waitFor(`${atLeast} jobs to finish`, async () => {
    const [row] = await cluster.database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM jobs WHERE finished_at IS NOT NULL",
    );
    return (row?.n ?? 0) >= atLeast;
  });
}

async function expectAllWell(cluster: TestCluster): Promise<void> {
  await cluster.allFinished(JOBS, 150_000);
  await waitFor(
    "all slots to be free",
    async () => (await cluster.database.query("SELECT 1 FROM provider_configs WHERE active_workers <> 0")).length === 0,
  );
  expect(await cluster.database.query("SELECT * FROM overfull")).toEqual([]);
  expect(
    await cluster.database.query("SELECT count(*)::int AS ends, count(DISTINCT job_id)::int AS jobs FROM finished"),
  ).toEqual([{ ends: JOBS, jobs: JOBS }]);
  expect(await cluster.database.query("SELECT id, state, failure_code FROM jobs WHERE state <> 'SUCCEEDED'")).toEqual(
    [],
  );
  expect(
    await cluster.database.query("SELECT job_id FROM workers WHERE state IN ('REQUESTED', 'STARTING', 'RUNNING')"),
  ).toEqual([]);
  const ran = readFileSync(join(cluster.home, "ran"), "utf8").trim().split("\n");
  expect(ran.length).toBe(new Set(ran).size);
}

async function killAndRestart(cluster: TestCluster, name: ServiceName): Promise<void> {
  await cluster.service(name).kill("SIGKILL");
  await cluster.start(name);
}

test("selector, provisioner and NATS server are killed in the middle of 2,000 jobs: each finishes once, no slot leaks, no provider overfills", async () => {
  await using cluster = await testCluster();
  await prepare(cluster);
  const submitted = submitAll(cluster);
  await finishedSoFar(cluster, 200);
  await killAndRestart(cluster, "selector");
  await submitted;
  await finishedSoFar(cluster, 500);
  await killAndRestart(cluster, "provisioner");
  await finishedSoFar(cluster, 900);
  await cluster.nats.kill("SIGKILL");
  await cluster.nats.restart();
  await finishedSoFar(cluster, 1_200);
  await Promise.all([killAndRestart(cluster, "selector"), killAndRestart(cluster, "provisioner")]);
  await expectAllWell(cluster);
}, 240_000);

test("the JetStream store is deleted in mid-run: no job that has a row is lost", async () => {
  await using cluster = await testCluster();
  await prepare(cluster);
  await submitAll(cluster);
  await waitFor("all jobs to have a row", async () => {
    const [row] = await cluster.database.query<{ n: number }>("SELECT count(*)::int AS n FROM jobs");
    return row?.n === JOBS;
  });
  await cluster.nats.wipeStore();
  await cluster.nats.restart();
  await expectAllWell(cluster);
}, 240_000);

test("three selectors and three provisioners at once come to the same result", async () => {
  await using cluster = await testCluster({
    services: ["registry", "health", "selector", "selector", "selector", "provisioner", "provisioner", "provisioner"],
  });
  await prepare(cluster);
  const submitted = submitAll(cluster);
  await finishedSoFar(cluster, 300);
  await killAndRestart(cluster, "selector");
  await killAndRestart(cluster, "provisioner");
  await submitted;
  await expectAllWell(cluster);
}, 240_000);

test("PostgreSQL is killed in the middle: every service outlives it, and each job finishes once", async () => {
  const postgres = await ownPostgres();
  await using cluster = await testCluster({ openDatabase: async () => postgres });
  await prepare(cluster);
  const pids = ALL.map((name) => cluster.service(name).pid);
  const submitted = submitAll(cluster);
  await finishedSoFar(cluster, 300);
  await postgres.kill();
  for (const name of ["selector", "provisioner"] as const) {
    await cluster.service(name).logged("the outage", (line) => line.level === "error" || line.level === "warn");
  }
  await postgres.restart();
  await submitted;
  await expectAllWell(cluster);
  expect(ALL.map((name) => cluster.service(name).pid)).toEqual(pids);
  for (const name of ALL) expect((await fetch(`${cluster.service(name).url}/readyz`)).status).toBe(200);
}, 240_000);
