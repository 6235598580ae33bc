import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseProviderConfig } from "@hodei/contracts";
import { type TestCluster, testCluster, testDatabase, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const fixture = (name: string) => readFileSync(new URL(`fixtures/documents/${name}`, import.meta.url), "utf8");
const statements = (name: string) =>
  fixture(name)
    .split(/;\s*$/m)
    .map((text) => text.trim())
    .filter(Boolean);
const configurations = JSON.parse(fixture("configurations.json")) as { type: string }[];

test("every SQL statement of the two documents runs as written, in order", async () => {
  await using database = await testDatabase();
  for (const statement of [
    ...statements("provider-configuration.sql"),
    ...statements("provider-troubleshooting.sql"),
  ]) {
    await database.query(statement);
  }
  const [row] = await database.query("SELECT status, priority, max_workers, config FROM provider_configs");
  expect(row).toMatchObject({
    status: "ACTIVE",
    priority: 100,
    max_workers: 50,
    config: { default_image: "hodei-jobs-worker:v4", namespace: "hodei-jobs" },
  });
});

test.each(configurations.map((config) => [JSON.stringify(config).slice(0, 70), config] as const))(
  "%s is a valid configuration",
  (_, config) => {
    expect(parseProviderConfig(config.type, config)).toMatchObject({ ok: true });
  },
);

test("with 10,000 providers of which one in a hundred is ACTIVE, the documented query uses an index", async () => {
  await using database = await testDatabase();
  await database.query(`INSERT INTO provider_configs (name, provider_type, config, status)
    SELECT 'p' || i, 'process', '{"type": "process"}', CASE WHEN i % 100 = 0 THEN 'ACTIVE' ELSE 'DISABLED' END FROM generate_series(1, 10000) i`);
  await database.query("ANALYZE provider_configs");
  const plan = await database.query<{ "QUERY PLAN": string }>(
    "EXPLAIN ANALYZE SELECT * FROM provider_configs WHERE status = 'ACTIVE'",
  );
  expect(plan.map((line) => line["QUERY PLAN"]).join("\n")).toContain("provider_configs_status_idx");
});

test("the documents' emergency procedures do in the running system what they say", async () => {
  // No health: a provider that works and is called UNHEALTHY by hand, it would call ACTIVE again, perhaps before the job is looked at.
  await using cluster = await testCluster({ services: ["registry", "selector", "provisioner"] });
  for (const name of ["Problem Provider", "Drain Provider", "Provider Name"]) {
    await cluster.addProvider({ name, provider_type: "process", required_labels: { on: name } });
  }
  const [, disable = "", drain = "", reset = "", rollback = ""] = statements("provider-troubleshooting.sql").slice(-5);

  await cluster.database.query(disable);
  await submitTo(cluster, "job-disabled", "Problem Provider", ["true"]);
  await cluster.reaches("job-disabled", "PENDING");
  await expectNobody(cluster, "job-disabled", /E1 status: wants ACTIVE, has DISABLED/);

  await submitTo(cluster, "job-running", "Drain Provider", [
    "sh",
    "-c",
    `until [ -e ${join(cluster.home, "go")} ]; do sleep 0.02; done`,
  ]);
  await cluster.reaches("job-running", "RUNNING");
  await cluster.database.query(drain);
  await submitTo(cluster, "job-drained", "Drain Provider", ["true"]);
  await expectNobody(cluster, "job-drained", /E3 active_workers: wants a free slot, has 1 of 1 taken/);
  writeFileSync(join(cluster.home, "go"), "");
  await cluster.reaches("job-running", "SUCCEEDED");

  await cluster.database.query(`UPDATE provider_configs SET status = 'UNHEALTHY' WHERE name = 'Provider Name'`);
  await submitTo(cluster, "job-reset", "Provider Name", ["echo", "back"]);
  await expectNobody(cluster, "job-reset", /E1 status: wants ACTIVE, has UNHEALTHY/);
  await cluster.database.query(reset);
  expect(await cluster.reaches("job-reset", "SUCCEEDED")).toMatchObject({ provider_name: "Provider Name" });

  await cluster.database.query(rollback);
  await submitTo(cluster, "job-rolled", "Provider Name", ["true"]);
  await expectNobody(
    cluster,
    "job-rolled",
    /E1 config: wants a valid configuration.*type: is missing; write "type": "process"/,
  );
});

async function submitTo(cluster: TestCluster, jobId: string, provider: string, command: string[]): Promise<void> {
  await cluster.submit({ job_id: jobId, command, required_labels: { on: provider } });
}

/** The job waits, and the stored explanation of its class gives the reason with both sides. */
async function expectNobody(cluster: TestCluster, jobId: string, reason: RegExp): Promise<void> {
  await waitFor(`the reason of ${jobId}`, async () => {
    const rows = await cluster.database.query<{
      refusals: { rule: string; subject: string; wants: string; has: string }[];
    }>(
      `SELECT provider->'refusals' AS refusals FROM jobs j JOIN placements p ON p.class_id = j.class_id,
              jsonb_array_elements(p.explanation->'providers') AS provider WHERE j.id = $1 AND j.state = 'PENDING'`,
      [jobId],
    );
    const texts = rows.flatMap((row) =>
      row.refusals.map((each) => `${each.rule} ${each.subject}: wants ${each.wants}, has ${each.has}`),
    );
    return texts.some((text) => reason.test(text));
  });
}
