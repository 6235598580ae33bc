import { type TestDatabase, testDatabase } from "@hodei/testing";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore } from "../src/index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => database.query("TRUNCATE provider_configs, provider_config_history, jobs CASCADE"));

const insert = (columns: Record<string, unknown>) => {
  const row = { name: "p", provider_type: "process", config: { type: "process" }, ...columns };
  const names = Object.keys(row);
  return database.query(
    `INSERT INTO provider_configs (${names.join(", ")}) VALUES (${names.map((_, i) => `$${i + 1}`).join(", ")})`,
    Object.values(row).map((value) => (typeof value === "object" ? JSON.stringify(value) : value)),
  );
};
const generation = async () =>
  (await database.query<{ generation: number }>("SELECT generation::int FROM provider_configs"))[0]?.generation;

test.each([
  [{ status: "BROKEN" }, 'status "BROKEN" is unknown; write ACTIVE, DISABLED or MAINTENANCE'],
  [{ provider_type: "Docker" }, 'provider_type "Docker" is not lower case; write "docker"'],
  [{ allowed_regions: { eu: true } }, 'allowed_regions is not a list of strings; write for example ["us-east-1"]'],
  [{ allowed_regions: ["eu", 1] }, "allowed_regions is not a list of strings"],
  [{ required_labels: ["a"] }, "required_labels is not a map of strings"],
  [{ annotations: { a: 1 } }, "annotations is not a map of strings"],
  [{ max_workers: -1 }, "max_workers -1 is below 0"],
  [
    { config: { type: "docker", registry_auth: { username: "u", password: "hunter2" } } },
    "config.registry_auth.password holds a secret; write where it is instead",
  ],
  [{ config: { type: "x", nested: [{ api_key: "abc" }] } }, "config.nested[0].api_key holds a secret"],
  [{ config: { type: "x", secret_access_key: "abc" } }, "config.secret_access_key holds a secret"],
  [{ config: { type: "x", url: "https://user:pw@example.com" } }, "config.url holds a secret"],
  [{ config: { type: "x", pem: "-----BEGIN RSA PRIVATE KEY-----" } }, "config.pem holds a secret"],
])("SQL refuses %j and says what to write instead", async (columns, message) => {
  await expect(insert(columns)).rejects.toThrow(message);
});

test.each([
  [{ max_workers: 0 }],
  [{ config: { previous: "config" } }],
  [{ provider_type: "unheard-of" }],
  [{ config: { type: "docker", registry_auth: { username: "u", password: "env:REGISTRY_PASSWORD" } } }],
  [
    {
      config: {
        type: "kubernetes",
        kubeconfig_path: null,
        tolerations: [{ key: "dedicated" }],
        image_pull_secrets: ["regcred"],
      },
    },
  ],
])("SQL takes %j", async (columns) => {
  await insert(columns);
});

test("a generation moves, and history keeps the old version, for what an operator changes", async () => {
  await insert({});
  for (const change of [
    "priority = 5",
    "max_workers = 3",
    `config = config || '{"start_concurrency": 4}'`,
    "status = 'DISABLED'",
    "name = 'q'",
    `required_labels = '{"a": "b"}'`,
  ]) {
    const before = await generation();
    await database.query(`UPDATE provider_configs SET ${change}`);
    expect(await generation()).toBe((before ?? 0) + 1);
  }
  const history = await database.query<{ generation: number; priority: number }>(
    "SELECT generation::int, priority FROM provider_config_history ORDER BY generation",
  );
  expect(history.map((each) => each.generation)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(history[0]).toMatchObject({ priority: 0 });
});

test("a generation stands still for what the services write, and for a change that changes nothing", async () => {
  await insert({ status: "ACTIVE" });
  const before = await generation();
  await database.query("UPDATE provider_configs SET active_workers = 1, reserved_cpu_millis = 5, ledger_version = 9");
  await database.query(
    `UPDATE provider_configs SET capabilities = '{"architecture": "amd64"}', config_errors = '[]', status_reason = 'x'`,
  );
  await database.query(
    "UPDATE provider_configs SET priority = priority, max_workers = max_workers, updated_at = now()",
  );
  await using store = await openStore(database.url, { applicationName: "test" });
  await store.transaction("health", (tx) => tx.query("UPDATE provider_configs SET status = 'UNHEALTHY'"));
  expect(await generation()).toBe(before);
  expect(await database.query("SELECT 1 FROM provider_config_history")).toEqual([]);
});

test("an operator's ACTIVE, even if unchanged, forgets what was known of its health; the health service's own does not", async () => {
  await insert({});
  await database.query(
    "INSERT INTO provider_health (provider_id, health, consecutive_failures) SELECT id, 'unhealthy', 3 FROM provider_configs",
  );
  await using store = await openStore(database.url, { applicationName: "test" });
  await store.transaction("health", (tx) => tx.query("UPDATE provider_configs SET status = 'ACTIVE'"));
  expect(await database.query("SELECT health FROM provider_health")).toEqual([{ health: "unhealthy" }]);
  await database.query("UPDATE provider_configs SET status = 'ACTIVE'");
  expect(await database.query("SELECT health FROM provider_health")).toEqual([]);
});

test("a changed configuration counts as not validated until somebody has looked at it", async () => {
  await insert({});
  await database.query("UPDATE provider_configs SET config_errors = '[]'");
  await database.query(`UPDATE provider_configs SET config = '{"previous": "config"}'`);
  expect(await database.query("SELECT config_errors FROM provider_configs")).toEqual([{ config_errors: null }]);
});

test("listeners hear of operators' changes and of nothing else", async () => {
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  const heard: { change: string; generation: number }[] = [];
  listener.on("notification", ({ payload }) => heard.push(JSON.parse(payload ?? "")));
  await listener.query("LISTEN hodei_provider_changed");
  await insert({});
  await database.query("UPDATE provider_configs SET active_workers = 1");
  await database.query("UPDATE provider_configs SET priority = 1");
  await database.query("UPDATE provider_configs SET status = 'ACTIVE'");
  await database.query("UPDATE provider_configs SET active_workers = 0");
  await database.query("DELETE FROM provider_configs");
  await listener.query("SELECT 1");
  await listener.end();
  expect(heard.map(({ change, generation: at }) => `${change} ${at}`)).toEqual([
    "created 1",
    "updated 2",
    "updated 2",
    "deleted 2",
  ]);
});

test("a provider with live workers cannot be deleted; the error says what to do first", async () => {
  await insert({});
  await database.query(
    "INSERT INTO jobs (id, state, spec, body_sha256, class_id) VALUES ('j', 'RUNNING', '{}', '', '')",
  );
  await database.query(
    `INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state) SELECT 'j', 1, id, name, provider_type, 'RUNNING' FROM provider_configs`,
  );
  await expect(database.query("DELETE FROM provider_configs")).rejects.toThrow(
    'provider "p" has 1 live workers; drain it first',
  );
  await database.query("UPDATE workers SET state = 'EXITED'");
  await database.query("DELETE FROM provider_configs");
});
