import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SUBJECTS } from "@hodei/contracts";
import { otlpReceiver, type ServiceName, type TestDatabase, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const SERVICES = ["registry", "selector", "health", "provisioner"] as const satisfies readonly ServiceName[];
const PLANTED = {
  database: "planted-in-the-database-url",
  nats: "planted-in-the-nats-url",
  job: "planted-for-a-job",
  registry: "planted-for-an-image-registry",
  inline: "planted-inline-in-a-config",
} as const;

const MAIN = fileURLToPath(new URL("../services/health/src/main.ts", import.meta.url));

function withPassword(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

/** A database user with a planted password; gone with its test. */
async function plantedUser(database: TestDatabase) {
  const name = `planted_${randomBytes(6).toString("hex")}`;
  await database.query(`CREATE ROLE ${name} SUPERUSER LOGIN PASSWORD '${PLANTED.database}'`);
  return { name, [Symbol.asyncDispose]: async () => void (await database.query(`DROP ROLE ${name}`)) };
}

/** Every word in which a planted value stands. */
function leaksIn(text: string): string[] {
  return [...text.matchAll(/[^\s"]*planted-[a-z-]+[^\s"]*/g)].map(([word]) => word);
}

test("nothing secret is in any log line, event, span, row or answer, whatever goes wrong", async () => {
  await using receiver = await otlpReceiver();
  await using cluster = await testCluster({ services: [], env: receiver.env });
  await using user = await plantedUser(cluster.database);
  const config = join(cluster.home, "hodei.toml");
  await writeFile(config, '[logging]\nlevel = "debug"\n');
  const env = {
    HODEI_CONFIG: config,
    HODEI_DATABASE_URL: withPassword(cluster.database.url, user.name, PLANTED.database),
    HODEI_NATS_URL: withPassword(cluster.nats.url, "somebody", PLANTED.nats),
    HODEI_SECRET_TOKEN: PLANTED.job,
    REGISTRY_PASSWORD: PLANTED.registry,
  };
  const events: string[] = [];
  const listening = new AbortController();
  for (const subject of ["job.status.>", "job.log.>", "worker.>", "provider.>", "dlq.>"])
    cluster.bus.subscribe(subject, ({ data }) => void events.push(Buffer.from(data).toString()), listening.signal);
  const services = await Promise.all(SERVICES.map((name) => cluster.start(name, env)));

  await cluster.addProvider({ name: "local", provider_type: "process" });
  await cluster.addProvider({
    name: "away",
    provider_type: "docker",
    config: {
      type: "docker",
      host: "127.0.0.1",
      port: 9,
      default_image: "busybox",
      registry_auth: { username: "somebody", password: "env:REGISTRY_PASSWORD" },
    },
    required_labels: { place: "away" },
  });
  const inline = { type: "docker", registry_auth: { username: "somebody", password: PLANTED.inline } };
  const refusal = await cluster.addProvider({ name: "inline", provider_type: "docker", config: inline }).then(
    () => "was accepted",
    (error: unknown) => String(error),
  );
  expect(refusal).toContain("env:");

  const secrets = { TOKEN: "env:HODEI_SECRET_TOKEN" };
  await cluster.submit(
    { job_id: "prints", command: ["sh", "-c", 'echo "$TOKEN"; echo "$TOKEN" >&2; exit 3'], secrets },
    { job_id: "no-program", command: ["no-such-program"], secrets },
    { job_id: "no-secret", command: ["true"], secrets: { OTHER: "env:HODEI_SECRET_OTHER" } },
    { job_id: "elsewhere", command: ["true"], secrets, required_labels: { place: "away" } },
    { job_id: "torn", command: "no list", secrets },
  );
  for (const job of ["prints", "no-program"]) await cluster.reaches(job, "FAILED");
  await cluster.reaches("no-secret", "FAILED");
  await waitFor("the failing check to be recorded", async () => {
    const rows = await cluster.database.query("SELECT 1 FROM provider_health WHERE health <> 'healthy'");
    return rows.length > 0;
  });
  // Outages make libraries say what they were connecting to.
  await cluster.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await cluster.nats.restart();
  await Promise.all(
    services.map((service) => service.logged("that NATS is back", ({ msg }) => msg === "NATS is back")),
  );
  await cluster.submit({ job_id: "after", command: ["true"] });
  await cluster.reaches("after", "SUCCEEDED");

  const answers = await Promise.all(
    services.flatMap(({ url, name }) =>
      ["/metrics", "/readyz", ...(name === "registry" ? ["/health/providers"] : [])].map(async (path) =>
        (await fetch(`${url}${path}`)).text(),
      ),
    ),
  );
  const tables = await cluster.database.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const rows = await Promise.all(
    tables.map(async ({ name }) => JSON.stringify(await cluster.database.query(`SELECT * FROM ${name}`))),
  );
  listening.abort();
  for (const service of services) {
    expect(service.lines.some(({ level }) => level === "debug") || service.name !== "selector").toBe(true);
    expect(leaksIn(JSON.stringify(service.lines)), `the log of ${service.name}`).toEqual([]);
  }
  expect(events.length).toBeGreaterThan(10);
  expect(leaksIn(events.join("\n")), "events").toEqual([]);
  expect(receiver.spans.length).toBeGreaterThan(10);
  expect(leaksIn(receiver.bodies.join("\n")), "spans").toEqual([]);
  expect(leaksIn(answers.join("\n")), "answers").toEqual([]);
  expect(leaksIn(rows.join("\n")), "rows").toEqual([]);
}, 120_000);

test("a service that cannot start does not print what it was given", async () => {
  for (const [variable, url] of [
    ["HODEI_DATABASE_URL", `mysql://hodei:${PLANTED.database}@127.0.0.1/hodei`],
    ["HODEI_NATS_URL", `http://hodei:${PLANTED.nats}@127.0.0.1:4222`],
  ] as const) {
    const said = await promisify(execFile)(process.execPath, [MAIN], { env: { [variable]: url } }).then(
      () => "it started",
      (error: unknown) => JSON.stringify(error, ["stdout", "stderr"]),
    );
    expect(said).toContain(variable);
    expect(leaksIn(said)).toEqual([]);
  }
});

test("the level of a service is set by the environment, by name, and else by the configuration file", async () => {
  await using cluster = await testCluster({ services: [] });
  const config = join(cluster.home, "hodei.toml");
  await writeFile(config, '[logging]\nlevel = "warn,selector=debug"\n');
  const nowhere = { command: ["true"], required_labels: { place: "moon" } };
  await cluster.addProvider({ name: "local", provider_type: "process" });
  const byFile = await cluster.start("selector", { HODEI_CONFIG: config });
  await cluster.bus.publish([
    { subject: SUBJECTS.jobSubmitted, messageId: "one", body: { job_id: "one", ...nowhere } },
  ]);
  const refused = await byFile.logged("why", ({ msg }) => msg === "provider refused");
  expect(refused).toMatchObject({
    level: "debug",
    job_id: "one",
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    refusals: [expect.stringContaining('E6 place: wants "moon"')],
  });
  await byFile[Symbol.asyncDispose]();
  const byEnvironment = await cluster.start("selector", { HODEI_CONFIG: config, HODEI_LOG_LEVEL: "info" });
  await cluster.bus.publish([
    { subject: SUBJECTS.jobSubmitted, messageId: "two", body: { job_id: "two", ...nowhere } },
  ]);
  await byEnvironment.logged("it", ({ msg }) => msg === "No available providers for job two");
  expect(byEnvironment.lines.filter(({ level }) => level === "debug")).toEqual([]);
});
