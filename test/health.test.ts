import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

interface Row {
  status: string;
  status_reason: string | null;
  health: string | null;
  code: string | null;
  fix: string | null;
}

function becomes(cluster: TestCluster, name: string, what: Partial<Row>): Promise<Row> {
  return waitFor(`${name} to be ${JSON.stringify(what)}`, async () => {
    const [row] = await cluster.database.query<Row & { [key: string]: unknown }>(
      "SELECT p.status, p.status_reason, h.health, h.code, h.fix FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id WHERE p.name = $1",
      [name],
    );
    return row && Object.entries(what).every(([key, value]) => row[key] === value) ? row : undefined;
  });
}

const setHealth = (cluster: TestCluster, name: string, health: string) =>
  cluster.database.query(`UPDATE provider_configs SET config = config || $2::jsonb WHERE name = $1`, [
    name,
    JSON.stringify({ health }),
  ]);

const quick = { interval_seconds: 1, timeout_seconds: 1 };

test("a provider that turns unhealthy takes no jobs, says why and what to do, and comes back by itself", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({
    name: "sick",
    provider_type: "simulated",
    config: { type: "simulated", health: "unhealthy", health_check_config: quick },
  });
  const out = await becomes(cluster, "sick", { status: "UNHEALTHY", health: "unhealthy" });
  expect(out).toMatchObject({
    code: "PROVIDER_ERROR",
    status_reason: expect.stringContaining("PROVIDER_ERROR"),
    fix: expect.any(String),
  });
  await cluster.submit({ job_id: "patient", command: ["true"] });
  await cluster.reaches("patient", "PENDING");
  await setHealth(cluster, "sick", "healthy");
  await cluster.reaches("patient", "SUCCEEDED");
  expect(await becomes(cluster, "sick", { status: "ACTIVE", health: "healthy" })).toMatchObject({
    status_reason: null,
  });
  const [generations] = await cluster.database.query("SELECT generation::int FROM provider_configs");
  expect(generations).toEqual({ generation: 2 });
});

test("an engine that is not there is degraded first and unhealthy when that is confirmed", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({
    name: "absent",
    provider_type: "docker",
    config: { type: "docker", socket_path: "/nowhere/docker.sock", default_image: "any" },
  });
  await becomes(cluster, "absent", { status: "ACTIVE", health: "degraded", code: "UNREACHABLE" });
  expect(await becomes(cluster, "absent", { status: "UNHEALTHY", health: "unhealthy" })).toMatchObject({
    fix: expect.stringContaining("check the network"),
  });
});

test("an operator's word is never overwritten: DISABLED is not checked, MAINTENANCE is, and stays", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({
    name: "off",
    provider_type: "simulated",
    config: { type: "simulated", health_check_config: quick },
  });
  await cluster.addProvider({
    name: "mending",
    provider_type: "simulated",
    config: { type: "simulated", health_check_config: quick },
  });
  await cluster.database.query(
    "UPDATE provider_configs SET status = CASE name WHEN 'off' THEN 'DISABLED' ELSE 'MAINTENANCE' END",
  );
  await setHealth(cluster, "off", "unhealthy");
  await setHealth(cluster, "mending", "unhealthy");
  await becomes(cluster, "mending", { status: "MAINTENANCE", health: "unhealthy" });
  const [off] = await cluster.database.query<{ status: string }>(
    "SELECT status FROM provider_configs WHERE name = 'off'",
  );
  expect(off).toEqual({ status: "DISABLED" });
  // One that was under way when it was switched off is still written down.
  await waitFor("no check of it to be under way", async () => {
    const claimed =
      "SELECT 1 FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id WHERE p.name = 'off' AND h.claimed_by IS NOT NULL";
    return (await cluster.database.query(claimed)).length === 0;
  });
  const before = await checksOf(cluster, "off");
  await waitFor("three more checks of the other", async () => (await checksOf(cluster, "mending")) >= 4);
  expect(await checksOf(cluster, "off")).toBe(before);
});

test("two health services share the checks, and one that is killed is replaced", async () => {
  await using cluster = await testCluster({ services: ["registry", "health", "health"] });
  for (const name of ["a", "b", "c", "d"]) {
    await cluster.addProvider({
      name,
      provider_type: "simulated",
      config: { type: "simulated", health_check_config: quick },
    });
  }
  await cluster.service("health").kill("SIGKILL");
  for (const name of ["a", "b", "c", "d"]) {
    const before = await checksOf(cluster, name);
    await waitFor(`two more checks of ${name}`, async () => (await checksOf(cluster, name)) >= before + 2);
  }
});

async function checksOf(cluster: TestCluster, name: string): Promise<number> {
  const [row] = await cluster.database.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM provider_health_checks c JOIN provider_configs p ON p.id = c.provider_id WHERE p.name = $1",
    [name],
  );
  return row?.n ?? 0;
}
