import { METRIC_OWNERS } from "@hodei/telemetry";
import {
  type ServiceName,
  type TestCluster,
  type TestPrometheus,
  testCluster,
  testPrometheus,
  waitFor,
} from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { panelQueries, ruleExpressions } from "./fixtures/observability.ts";

const SERVICES = ["registry", "selector", "health", "provisioner"] as const satisfies readonly ServiceName[];
let cluster: TestCluster;
let prometheus: TestPrometheus;
let selectors: readonly { url: string }[];

/** A run in which everything happens that a panel shows. */
beforeAll(async () => {
  cluster = await testCluster();
  const first = SERVICES.map((name) => cluster.service(name));
  const targets = [...first, await cluster.start("selector")];
  selectors = targets.filter(({ name }) => name === "selector");
  prometheus = await testPrometheus(
    targets.map(({ name, url }) => ({ job: name, url })),
    [new URL("../deploy/prometheus/rules/*.yml", import.meta.url).pathname],
  );
  await cluster.addProvider({ name: "local", provider_type: "process", max_workers: 4, preferred_region: "eu-west-1" });
  const id = await cluster.addProvider({
    name: "edge",
    provider_type: "process",
    config: { type: "process", health_check_config: { interval_seconds: 3600 } },
    required_labels: { place: "edge" },
  });
  await series('hodei_health_check_duration_seconds_count{provider="edge"}');
  // What a check of a provider behind TLS writes down.
  await cluster.database.query(
    "UPDATE provider_health SET certificate_expires_at = now() + interval '30 days' WHERE provider_id = $1",
    [id],
  );
  await series('hodei_worker_failures_total{code="EXIT_NONZERO", provider_type="process"} == 0');
  await cluster.submit(
    { job_id: "good", command: ["true"] },
    { job_id: "bad", command: ["sh", "-c", "exit 5"] },
    { job_id: "nowhere", command: ["true"], required_labels: { place: "moon" } },
    { job_id: "torn", command: "no list" },
  );
  await cluster.reaches("good", "SUCCEEDED");
  await cluster.reaches("bad", "FAILED");
  await cluster.reaches("nowhere", "PENDING");
  await cluster.database.query("UPDATE provider_configs SET active_workers = 3 WHERE name = 'edge'");
  await series("sum(hodei_ledger_repairs_total) > 0");
}, 120_000);
afterAll(async () => {
  await prometheus[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** Waits for a query to answer. */
function series(expr: string) {
  return waitFor(`Prometheus to answer ${expr}`, async () => {
    const found = await prometheus.query(expr);
    return found.length > 0 && found;
  });
}

async function scrape(service: ServiceName): Promise<string> {
  return await (await fetch(`${cluster.service(service).url}/metrics`)).text();
}

test("each service shows the metrics that it knows, and no others", async () => {
  for (const service of SERVICES) {
    const shown = [...(await scrape(service)).matchAll(/^# TYPE (hodei_\w+)/gm)].map(([, name = ""]) => name);
    const known = Object.entries(METRIC_OWNERS).filter(([, owners]) => owners.includes(service));
    expect(shown.toSorted()).toEqual(known.map(([name]) => name).toSorted());
  }
});

test.for(panelQueries())("the panel $dashboard: $panel shows something ($expr)", async ({ expr }) => {
  expect((await series(expr.replaceAll("$__rate_interval", "1m"))).length).toBeGreaterThan(0);
});

test("every alert rule is evaluated without an error, and looks at metrics that are there", async () => {
  const rules = await waitFor("the rules to be evaluated", async () => {
    const all = await prometheus.rules();
    return all.every((rule) => rule.health !== "unknown") && all;
  });
  expect(rules.filter((rule) => rule.health !== "ok")).toEqual([]);
  expect(rules.length).toBeGreaterThanOrEqual(9);
  for (const expr of ruleExpressions()) {
    for (const [name] of expr.matchAll(/hodei_\w+/g)) await series(`count(${name})`);
  }
});

test("what happened in the run raises its alerts: a dead letter, a selection failure by its reason, drift", async () => {
  await series('ALERTS{alertname="HodeiDeadLetters", alertstate="firing", subject="job.submitted"}');
  await series('ALERTS{alertname="HodeiSelectionFailures", alertstate="firing", reason="labels"}');
  await series('ALERTS{alertname="HodeiDriftRepaired", alertstate="firing"}');
});

test("each job is counted once, whatever became of it", async () => {
  const one = async (expr: string) => (await series(expr))[0]?.value;
  expect(await one('sum(hodei_jobs_total{state="SUCCEEDED"})')).toBe(1);
  expect(await one('sum(hodei_jobs_total{state="FAILED"})')).toBe(1);
  expect(await one('sum(hodei_jobs_total{state="REJECTED"})')).toBe(1);
  expect(await one("sum(hodei_jobs_submitted_total)")).toBe(3);
  expect(await one('sum(hodei_worker_failures_total{code="EXIT_NONZERO",provider_type="process"})')).toBe(1);
  await series('max(hodei_jobs{state="PENDING"}) == 1');
  await series("max(hodei_jobs_oldest_waiting_seconds) > 0");
});

test("of two selectors one counts the jobs; the maximum of both is right", async () => {
  const shown = await series('hodei_jobs{state="PENDING"}');
  expect(shown.map(({ value }) => value).toSorted((a, b) => a - b)).toEqual([0, 1]);
});

test("a provider that is renamed leaves no series under its old name, and one that is removed leaves none", async () => {
  await cluster.addProvider({ name: "old name", provider_type: "process", required_labels: { place: "elsewhere" } });
  await series('hodei_health_check_duration_seconds_count{provider="old name"}');
  await series('hodei_provider_max_workers{provider="old name"}');
  await cluster.database.query("UPDATE provider_configs SET name = 'new name' WHERE name = 'old name'");
  await series('hodei_provider_max_workers{provider="new name"}');
  await gone("old name");
  await cluster.database.query("DELETE FROM provider_configs WHERE name = 'new name'");
  await gone("new name");
});

function gone(provider: string) {
  return waitFor(`no service to show ${provider}`, async () => {
    const pages = await Promise.all(SERVICES.map(scrape));
    return pages.every((page) => !page.includes(`provider="${provider}"`));
  });
}

test("while no provisioner runs, its messages are seen to wait; once it is back they are gone", async () => {
  const pending = 'max by (consumer) (hodei_bus_pending{consumer="provisioner-worker-provision"})';
  await series(`${pending} == 0`);
  await cluster.service("provisioner").kill("SIGKILL");
  await cluster.submit({ job_id: "held-up", command: ["true"] });
  await series(`${pending} > 0`);
  await cluster.start("provisioner");
  await cluster.reaches("held-up", "SUCCEEDED");
  await series(`${pending} == 0`);
});

test("a subject that somebody made up does not become a label", async () => {
  await cluster.bus.publish([{ subject: "worker.status.made-up-by-somebody", messageId: "x", body: { nonsense: 1 } }]);
  await series('sum(hodei_dead_letters_total{subject="worker.status"}) > 0');
  expect(await scrape("selector")).not.toContain("made-up-by-somebody");
});

test("a change of the fleet costs a decision for each kind of waiting job, not for each job", async () => {
  const places = ["mars", "venus", "pluto"];
  const jobs = Array.from({ length: 300 }, (_, i) => ({
    job_id: `stranded-${i}`,
    command: ["true"],
    required_labels: { place: places[i % places.length] },
  }));
  await cluster.submit(...jobs);
  const waiting = "SELECT count(*)::int AS count FROM jobs WHERE id LIKE 'stranded-%' AND state = 'PENDING'";
  await waitFor("all of them to wait", async () => {
    const [row] = await cluster.database.query<{ count: number }>(waiting);
    return row?.count === jobs.length;
  });
  const before = await decisions();
  await cluster.database.query("UPDATE provider_configs SET priority = priority + 1 WHERE name = 'local'");
  await waitFor("each kind to be looked at again", async () => (await decisions()) >= before + places.length);
  expect((await decisions()) - before).toBeLessThan(jobs.length);
});

async function decisions(): Promise<number> {
  const pages = await Promise.all(selectors.map(async ({ url }) => await (await fetch(`${url}/metrics`)).text()));
  return pages.reduce((sum, page) => sum + Number(/^hodei_placement_decisions_total (\d+)$/m.exec(page)?.[1]), 0);
}
