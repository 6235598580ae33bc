import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type EngineProxy,
  engineBehindTls,
  engineProxy,
  hodei,
  kubernetesDouble,
  NAMESPACE,
  type PolicyRule,
  type ProviderRow,
  type TestCluster,
  type TestDatabase,
  testCertificate,
  testCluster,
  testDatabase,
  waitFor,
} from "@hodei/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ADVICE_FACTS, FAILURE_FACTS } from "./fixtures/document-facts.ts";

vi.setConfig({ testTimeout: 300_000 });

/** One cluster with every fault that can stand beside the others; each fact reads what a person reads about it. */
const stack = new AsyncDisposableStack();
let cluster: TestCluster;
const quick = { interval_seconds: 1, timeout_seconds: 1 };

const simulated = (more: object) => ({ type: "simulated", health_check_config: quick, ...more });
const docker = (path: string, healthCheck: object = quick) => ({
  type: "docker",
  socket_path: path,
  default_image: "any",
  health_check_config: healthCheck,
});

/** What starting workers needs, without a look at nodes and quotas: what they have not is found out by a worker. */
const WORKING: readonly PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["*"] },
  { apiGroups: [""], resources: ["pods", "pods/log", "events", "secrets"], verbs: ["*"] },
];
const onKubernetes = (kubeconfig: string) => ({
  provider_type: "kubernetes",
  config: {
    type: "kubernetes",
    kubeconfig_path: kubeconfig,
    namespace: NAMESPACE,
    service_account: "hodei-worker",
    default_image: "hodei-jobs-worker:v3",
    grace_periods: { image_pull_seconds: 1, scheduling_seconds: 1, quota_seconds: 1, container_seconds: 1 },
    health_check_config: { interval_seconds: 30, timeout_seconds: 30 },
  },
});

beforeAll(async () => {
  cluster = stack.use(await testCluster({ services: ["registry", "selector", "provisioner"] }));
  await cluster.start("health", {}, { unprivileged: true });
  const socket = async (name: string): Promise<[string, EngineProxy]> => {
    const path = join(cluster.home, `${name}.sock`);
    return [path, stack.use(await engineProxy(path))];
  };
  const [closed] = await socket("closed");
  chmodSync(closed, 0o000);
  const [hung, hungEngine] = await socket("hung");
  hungEngine.delayMs = Number.POSITIVE_INFINITY;
  const [slow, slowEngine] = await socket("slow");
  slowEngine.delayMs = 2_000;
  const certificate = testCertificate(join(cluster.home, "tls"), { fromDays: -9, toDays: -1 });
  const { certFile, keyFile } = certificate;
  const [broken, brokenEngine] = await socket("broken");
  await brokenEngine.cut();
  const kubernetes = stack.use(await kubernetesDouble());
  kubernetes.images.set("gone:1", { pull: 'failed to resolve reference "docker.io/library/gone:1": not found' });
  kubernetes.images.set("meshed:1", { sidecarCrashes: true });
  const limited = stack.use(await kubernetesDouble());
  limited.apply("resourcequotas", {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "team", namespace: NAMESPACE },
    spec: { hard: { "requests.cpu": "1" } },
  });
  const rows: ProviderRow[] = [
    { name: "closed-socket", provider_type: "docker", config: docker(closed) },
    { name: "hung", provider_type: "docker", config: docker(hung) },
    { name: "slow", provider_type: "docker", config: docker(slow, { interval_seconds: 30, timeout_seconds: 6 }) },
    { name: "gone", provider_type: "docker", config: docker(broken) },
    { name: "sick", provider_type: "simulated", config: simulated({ health: "unhealthy" }) },
    { name: "weak", provider_type: "simulated", config: simulated({ health: "degraded" }) },
    { name: "bad-type", provider_type: "podman", config: { type: "podman" } },
    { name: "no-namespace", provider_type: "kubernetes", config: { type: "kubernetes" } },
    { name: "full", provider_type: "process", max_workers: 0, required_labels: { on: "full" } },
    { name: "off", provider_type: "process", required_labels: { on: "off" } },
    {
      name: "east",
      provider_type: "process",
      allowed_regions: ["us-east-1"],
      required_labels: { environment: "production", team: "a " },
    },
    {
      name: "never-starts",
      provider_type: "docker",
      config: docker(hung, { ...quick, failure_threshold: 100 }),
      required_labels: { on: "never-starts" },
    },
    {
      name: "kubernetes",
      ...onKubernetes(kubernetes.tokenConfig("worker", WORKING)),
      required_labels: { on: "kubernetes" },
    },
    { name: "quota", ...onKubernetes(limited.tokenConfig("worker", WORKING)), required_labels: { on: "quota" } },
    { name: "no-rights", ...onKubernetes(kubernetes.tokenConfig("nobody", [])) },
  ];
  for (const row of rows) await cluster.addProvider(row);
  await cluster.addProvider({
    name: "expired",
    provider_type: "docker",
    config: {
      type: "docker",
      host: "127.0.0.1",
      port: stack.use(await engineBehindTls(certificate)).port,
      tls: { ca: `file:${certFile}`, cert: `file:${certFile}`, key: `file:${keyFile}` },
      health_check_config: quick,
    },
  });
  await cluster.database.query("UPDATE provider_configs SET status = 'DISABLED' WHERE name = 'off'");
  for (const name of ["closed-socket", "hung", "gone", "sick", "expired"]) await healthOf(name, "unhealthy");
  for (const name of ["weak", "slow"]) await healthOf(name, "degraded");
  for (const name of ["east", "full"]) await healthOf(name, "healthy");
}, 600_000);
afterAll(() => stack.disposeAsync(), 60_000);

/** For each fact what its fault is, and what a person reads who meets it. */
const READS: Readonly<Record<string, () => Promise<string>>> = {
  ImagePullBackOff: () => ofWorker({ image: "gone:1" }),
  CrashLoopBackOff: () => ofWorker({ image: "meshed:1" }),
  "Insufficient cpu/memory": () => ofWorker({ resources: { cpu: 64 } }),
  QuotaExceeded: () => ofWorker({ resources: { cpu: 2 } }, "quota"),
  "Got permission denied while trying to connect to the Docker daemon socket": () => ofProvider("closed-socket"),
  "Unable to connect to the server: x509: certificate has expired or is not yet valid": () => ofProvider("expired"),
  'User cannot create pods in namespace "hodei-jobs"': async () => {
    const read = await ofProvider("no-rights");
    expect(read).toMatch(/kubectl .*auth can-i create jobs/);
    return read;
  },
  "Connection timeout": () => ofProvider("hung"),
  "Permission denied": () => ofError("Permission denied"),
  "Resource exhausted": () => ofJob({ required_labels: { environment: "production" }, resources: { memory: "900Ti" } }),

  "JSON syntax error": async () => {
    const file = join(cluster.home, "provider.json");
    writeFileSync(file, '{\n  "name": "p",\n  "provider_type": "process",\n}');
    return text(await hodei(cluster, "providers", "add", "-f", file), 1);
  },
  "Invalid provider_type": whole,
  "Missing required fields": () => ofProvider("no-namespace"),
  "Connection string error": () =>
    ofDatabase({ ...cluster.database, url: cluster.database.url.replace(/test_\w+$/, "no_such") }),
  "Provider doesn't appear in list_providers": async () => {
    await using empty = await testDatabase();
    return await ofDatabase(empty);
  },
  "Provider shows as inactive despite configuration": () => ofProvider("off", 0),
  UNHEALTHY: () => ofProvider("sick"),
  Degraded: () => ofProvider("weak", 0),
  "Jobs not being scheduled to provider": () => ofProvider("sick"),
  "Provider not showing as available": () => ofProvider("weak", 0),
  "Health check timeout errors in logs": async () => {
    await cluster
      .service("health")
      .logged("the timeout", (line) => /no answer within 1 s/.test(String(line["detail"])));
    return await ofProvider("hung");
  },
  "Slow health checks": () => ofProvider("slow", 0),
  "Provider occasionally shows as degraded": () => ofProvider("slow", 0),
  "Jobs stuck in Provisioning state": () =>
    ofJob({ image: "any", required_labels: { on: "never-starts" } }, "PROVISIONING"),
  "Error messages about worker creation": () => ofWorker({ image: "gone:1" }),
  "Provider shows healthy but no workers created": () => ofProvider("full", 0),
  "Provider not selected despite appearing eligible": () => ofJob({ required_labels: { on: "full" } }),
  "Jobs pending with no available providers": () => ofJob(inEurope),
  "Regions not overlapping": () => ofJob(inEurope),
  "Labels not matching": () => ofJob({ required_labels: { environment: "Production" } }),
  "==": async () => text(await hodei(cluster, "run", "--label", "environment==production", "--", "true"), 2),
  "trailing spaces in values": () => ofJob({ required_labels: { team: "a" } }),
  "High latency in provider selection": withoutIndex,
  "Job scheduling takes several seconds": withoutIndex,
  'column "preferred_region" already exists': async () => {
    const adding = cluster.database.query("ALTER TABLE provider_configs ADD COLUMN preferred_region VARCHAR(100)");
    const refused = await adding.then(String, (error: Error) => error.message);
    expect(refused).toContain('column "preferred_region" of relation "provider_configs" already exists');
    return await ofError(refused);
  },
  "Missing columns after migration": async () => {
    await using database = await testDatabase();
    await database.query("ALTER TABLE provider_configs DROP COLUMN preferred_region CASCADE");
    const said = await ofDatabase(database);
    const [, file = ""] = /psql -f (\S+filtering_columns\.sql)/.exec(said) ?? [];
    execFileSync("psql", ["-X", "-q", "-d", database.url, "-f", file], { stdio: "pipe" });
    expect(await ofDatabase(database)).not.toContain("provider_configs.preferred_region");
    return said;
  },
};
const inEurope = { required_labels: { environment: "production" }, allowed_regions: ["eu-west-1"] };

test.each([...FAILURE_FACTS, ...ADVICE_FACTS])("who meets $symptom reads what to do", async ({ symptom, solution }) => {
  const read = await READS[symptom]?.();
  for (const part of solution) expect(read).toMatch(part);
});

test("every fact of the documents has its fault", () => {
  const facts = [...FAILURE_FACTS, ...ADVICE_FACTS].map(({ symptom }) => symptom);
  expect(Object.keys(READS).sort()).toEqual([...new Set(facts)].sort());
});

let everything: Promise<string> | undefined;
function whole(): Promise<string> {
  everything ??= hodei(cluster, "doctor").then((outcome) => text(outcome, 1));
  return everything;
}

async function ofProvider(name: string, code = 1): Promise<string> {
  return text(await hodei(cluster, "doctor", "--provider", name), code);
}

async function ofError(words: string): Promise<string> {
  return text(await hodei(cluster, "doctor", "--error", words), 0);
}

async function ofDatabase(database: TestDatabase): Promise<string> {
  return (await hodei({ ...cluster, database }, "doctor")).stdout;
}

let jobs = 0;
async function ofJob(asks: object, state: "PENDING" | "PROVISIONING" | "FAILED" = "PENDING"): Promise<string> {
  jobs += 1;
  const id = `fact-${jobs}`;
  await cluster.submit({ job_id: id, command: ["true"], ...asks });
  await cluster.reaches(id, state);
  return text(await hodei(cluster, "doctor", "--job", id), state === "PROVISIONING" ? 0 : 1);
}

/** A job on Kubernetes whose every attempt fails, and what doctor says of it. */
const ofWorker = (asks: object, on = "kubernetes") => ofJob({ required_labels: { on }, ...asks }, "FAILED");

async function withoutIndex(): Promise<string> {
  await using database = await testDatabase();
  await database.query("DROP INDEX provider_configs_status_idx");
  return await ofDatabase(database);
}

function text(outcome: { code: number; stdout: string; stderr: string }, code: number): string {
  const said = `${outcome.stdout}${outcome.stderr}`;
  expect([outcome.code, outcome.code === code ? "" : said]).toEqual([code, ""]);
  return said;
}

async function healthOf(name: string, health: string): Promise<void> {
  await waitFor(`${name} to be ${health}`, async () => {
    const rows = await cluster.database.query(
      "SELECT h.health, h.code, h.detail FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id WHERE p.name = $1",
      [name],
    );
    if (rows[0]?.["health"] !== health) throw new Error(JSON.stringify(rows));
    return true;
  });
}
