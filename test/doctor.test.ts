import { hodei, type ProviderRow, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test, vi } from "vitest";

// Each test types several commands, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

const process = { provider_type: "process" } as const;

test("on a cluster where all works, doctor says so and ends with 0", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "local", ...process });
  await healthOf(cluster, "local", "healthy");
  const { code, stdout } = await hodei(cluster, "doctor");
  expect(stdout).toContain("nothing is wrong");
  expect(stdout).toContain("local is ACTIVE, healthy, 0 of 10 slots taken");
  for (const subject of ["job.submitted", "job.cancel", "worker.provision"])
    expect(stdout).toContain(`${subject} is read`);
  for (const service of ["registry", "selector", "health", "provisioner"])
    expect(stdout).toContain(`${service} is connected`);
  expect(code).toBe(0);
});

test("the command that doctor prints for a waiting job lets it run: the SQL of a near miss, and an enabled provider", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "it's east", ...process, required_labels: { environment: "staging" } });
  await cluster.submit({
    job_id: "wants-production",
    command: ["true"],
    required_labels: { environment: "production" },
  });
  await cluster.reaches("wants-production", "PENDING");
  const asked = await hodei(cluster, "doctor", "--job", "wants-production", "--json");
  expect(asked.code).toBe(1);
  const sql = waysOf(asked.stdout).find((command) => command.endsWith(";"));
  expect(sql).toBe(
    `UPDATE provider_configs SET required_labels = required_labels || '{"environment":"production"}'::jsonb WHERE name = 'it''s east';`,
  );
  expect(waysOf(asked.stdout)).toContain(
    "hodei jobs cancel wants-production && hodei run --label environment=staging -- true",
  );
  await cluster.database.query(sql ?? "");
  await cluster.reaches("wants-production", "SUCCEEDED");
});

const RULES = [
  ["E1", { status: "DISABLED" }, {}],
  ["E3", { max_workers: 0 }, {}],
  ["E7", {}, { required_annotations: { compliance: "soc2" } }],
  ["E8", { allowed_regions: ["eu"] }, { allowed_regions: ["us"] }],
] as const;

test("so does the SQL printed for a status, for slots, for annotations and for regions", async () => {
  await using cluster = await testCluster();
  for (const [rule, columns] of RULES) {
    const row = { name: rule, ...process, required_labels: { rule }, ...columns };
    await cluster.addProvider(row as ProviderRow);
  }
  for (const [rule, , asks] of RULES) {
    const id = `waits-${rule.toLowerCase()}`;
    await cluster.submit({ job_id: id, command: ["true"], required_labels: { rule }, ...asks });
    await cluster.reaches(id, "PENDING");
    const { stdout } = await hodei(cluster, "doctor", "--job", id, "--json");
    expect(stdout).toContain(`${rule} misses by one rule: ${rule} `);
    await cluster.database.query(waysOf(stdout).find((command) => command.endsWith(";")) ?? "");
    await cluster.reaches(id, "SUCCEEDED");
  }
});

test("a provider is checked as doctor looks, with its waiting jobs that only one rule keeps from it", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "gpu-less", ...process });
  await cluster.submit({ job_id: "wants-gpu", command: ["true"], resources: { gpu: 1 } });
  await cluster.reaches("wants-gpu", "PENDING");
  const { code, stdout, stderr } = await hodei(cluster, "doctor", "--provider", "gpu-less");
  expect(stderr).toMatch(/checks it, for at most 5 s/);
  expect(stdout).toContain("checked now: healthy");
  expect(stdout).toContain(
    "job wants-gpu waits and only one rule keeps them from it: E4 gpu: wants 1, has 0 per worker",
  );
  expect(code).toBe(0);
  const { stdout: job } = await hodei(cluster, "doctor", "--job", "wants-gpu");
  expect(job).toContain("fix:   add nodes or providers");
});

test("with the database away, with NATS away, and with neither known, doctor says what is away and what to type", async () => {
  await using cluster = await testCluster({ services: [] });
  const nowhere = { ...cluster, database: { ...cluster.database, url: "postgres://hodei@127.0.0.1:1/hodei" } };
  const noDatabase = await hodei(nowhere, "doctor");
  expect(noDatabase.code).toBe(1);
  expect(noDatabase.stdout).toMatch(/✗ database .*cannot be used: .*ECONNREFUSED/);
  expect(noDatabase.stdout).toContain("type:  hodei up");
  expect(noDatabase.stdout).toMatch(/✓ nats .*answers/);
  expect(noDatabase.stderr).toBe("");
  await cluster.nats.kill();
  const noNats = await hodei(cluster, "doctor", "--json");
  expect(noNats.code).toBe(1);
  const { findings } = JSON.parse(noNats.stdout) as { findings: { area: string; severity: string; text: string }[] };
  expect(findings.filter(({ area }) => area === "nats")).toMatchObject([
    { severity: "problem", text: expect.stringContaining("cannot be used") },
  ]);
  expect(findings.filter(({ area }) => area === "database").every(({ severity }) => severity === "ok")).toBe(true);
  expect(findings.filter(({ area, severity }) => area === "services" && severity === "problem")).toHaveLength(4);
  expect(noNats.stderr).not.toMatch(/\s+at /);
});

test("wrong words end with 2; what is not there ends with 1 and says what there is", async () => {
  await using cluster = await testCluster({ services: [] });
  expect(await hodei(cluster, "doctor", "--job", "a", "--provider", "b")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("write one of --provider, --job and --error"),
  });
  expect(await hodei(cluster, "doctor", "--job", "nobody")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("there is no job nobody"),
  });
});

function waysOf(json: string): string[] {
  const { findings } = JSON.parse(json) as { findings: { ways?: { command: string }[] }[] };
  return findings.flatMap(({ ways = [] }) => ways.map(({ command }) => command));
}

async function healthOf(cluster: TestCluster, name: string, health: string): Promise<void> {
  await waitFor(`${name} to be ${health}`, async () => {
    const rows = await cluster.database.query(
      "SELECT 1 FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id WHERE p.name = $1 AND h.health = $2",
      [name, health],
    );
    return rows.length > 0;
  });
}
