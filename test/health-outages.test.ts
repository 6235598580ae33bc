import { join } from "node:path";
import { engineProxy, ownPostgres, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test, vi } from "vitest";
import { becomes, checksOf } from "./health-rows.ts";

// Several services each, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

const quick = { interval_seconds: 1, timeout_seconds: 1 };
const simulated = (more: object = {}) => ({ type: "simulated", health_check_config: quick, ...more });

test("PostgreSQL killed and started again: checks go on, nobody is called unhealthy for it, an operator's word stays, no job is lost", async () => {
  const server = await ownPostgres();
  await using cluster = await testCluster({ openDatabase: async () => server });
  await cluster.addProvider({ name: "works", provider_type: "simulated", config: simulated({ run_time_ms: 500 }) });
  await cluster.addProvider({ name: "mending", provider_type: "simulated", config: simulated() });
  await cluster.database.query("UPDATE provider_configs SET status = 'MAINTENANCE' WHERE name = 'mending'");
  await becomes(cluster, "works", { status: "ACTIVE", health: "healthy" });
  await cluster.submit(...Array.from({ length: 20 }, (_, i) => ({ job_id: `job-${i}`, command: ["true"] })));
  await server.kill();
  await server.restart();
  const before = await checksOf(cluster, "works");
  await waitFor("three more checks", async () => (await checksOf(cluster, "works")) >= before + 3, 60_000);
  await becomes(cluster, "works", { status: "ACTIVE", health: "healthy" });
  await becomes(cluster, "mending", { status: "MAINTENANCE", health: "healthy" });
  await cluster.allFinished(20);
  const wrong = await cluster.database.query("SELECT 1 FROM provider_health_checks WHERE health = 'unhealthy'");
  expect(wrong).toEqual([]);
});

test("NATS killed and started again: checks go on meanwhile, what changed is told afterwards, no job is lost", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "sick", provider_type: "simulated", config: simulated() });
  await cluster.addProvider({ name: "well", provider_type: "simulated", config: simulated() });
  await becomes(cluster, "sick", { health: "healthy" });
  await cluster.nats.kill();
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health": "unhealthy"}' WHERE name = 'sick'`,
  );
  await becomes(cluster, "sick", { status: "UNHEALTHY" });
  const before = await checksOf(cluster, "well");
  await waitFor("three more checks without NATS", async () => (await checksOf(cluster, "well")) >= before + 3);
  await cluster.nats.restart();
  await waitFor("the change to be told", async () =>
    (await eventsOf(cluster)).some(({ name, health }) => name === "sick" && health === "unhealthy"),
  );
  await cluster.submit(...Array.from({ length: 10 }, (_, i) => ({ job_id: `after-${i}`, command: ["true"] })));
  for (let i = 0; i < 10; i += 1)
    expect(await cluster.reaches(`after-${i}`, "SUCCEEDED")).toMatchObject({ provider_name: "well" });
});

test("two health services never check a provider at once, share the work, and one that is killed over a check is replaced when its claim ends", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  const instances = [await cluster.start("health"), await cluster.start("health")];
  const path = join(cluster.home, "hung.sock");
  await using engine = await engineProxy(path);
  engine.delayMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 6; i += 1)
    await cluster.addProvider({ name: `p${i}`, provider_type: "simulated", config: simulated() });
  await waitFor("both to have checked", async () => {
    const rows = await cluster.database.query("SELECT DISTINCT checked_by FROM provider_health_checks");
    return rows.length === 2;
  });
  await cluster.addProvider({
    name: "hung",
    provider_type: "docker",
    config: {
      type: "docker",
      socket_path: path,
      default_image: "any",
      health_check_config: { interval_seconds: 10, timeout_seconds: 6 },
    },
  });
  const claim = await waitFor("the hung provider to be claimed", async () => {
    const [row] = await cluster.database.query<{ claimed_by: string; until: string }>(
      `SELECT claimed_by, claim_expires_at::text AS until FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id
        WHERE p.name = 'hung' AND claimed_by IS NOT NULL`,
    );
    return row;
  });
  await instances.find(({ pid }) => claim.claimed_by.includes(`:${pid}:`))?.kill("SIGKILL");
  const first = await waitFor("the other to check it", async () => {
    const [row] = await cluster.database.query(
      `SELECT begun_at >= $1::timestamptz AS waited, checked_by = split_part($2, '/', 1) AS by_the_dead
         FROM provider_health_checks c JOIN provider_configs p ON p.id = c.provider_id WHERE p.name = 'hung' ORDER BY c.id LIMIT 1`,
      [claim.until, claim.claimed_by],
    );
    return row;
  });
  expect(first).toEqual({ waited: true, by_the_dead: false });
  for (let i = 0; i < 6; i += 1) {
    const before = await checksOf(cluster, `p${i}`);
    await waitFor(`two more checks of p${i}`, async () => (await checksOf(cluster, `p${i}`)) >= before + 2);
  }
  const overlaps = await cluster.database.query(
    `SELECT a.id, b.id FROM provider_health_checks a JOIN provider_health_checks b
         ON b.provider_id = a.provider_id AND b.id > a.id AND b.begun_at < a.at`,
  );
  expect(overlaps).toEqual([]);
});

/** What stands in the stream of events, by JetStream's own API. */
async function eventsOf({ bus }: TestCluster): Promise<{ name?: string; health?: string }[]> {
  const ask = async (subject: string, body: object) =>
    (await bus.connection.request(`$JS.API.STREAM.${subject}.HODEI_EVENTS`, JSON.stringify(body))).json<{
      state?: { first_seq: number; last_seq: number };
      message?: { data: string };
    }>();
  const { state = { first_seq: 1, last_seq: 0 } } = await ask("INFO", {});
  const events = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { message } = await ask("MSG.GET", { seq });
    if (message) events.push(JSON.parse(Buffer.from(message.data, "base64").toString()));
  }
  return events;
}
