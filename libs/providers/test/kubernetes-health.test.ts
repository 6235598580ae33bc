import { writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kubernetesDouble, NAMESPACE, type PolicyRule, scratchDirectory, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";
import { collect, firstOf, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";
import { deployed, openKubernetes, PROVISIONER, shippedNodeRules, shippedRules } from "./open-kubernetes.ts";

const signal = () => AbortSignal.timeout(30_000);

/** Every right that rules grant, as `verb group/resource`. */
function rightsOf(rules: readonly PolicyRule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
}

/** The rules without one right. */
function without(right: string): PolicyRule[] {
  return shippedRules.flatMap((rule) =>
    rule.resources.map((resource) => ({
      ...rule,
      resources: [resource],
      verbs: rule.verbs.filter((verb) => !rule.apiGroups.some((group) => `${verb} ${group}/${resource}` === right)),
    })),
  );
}

test("the Role in deploy/kubernetes grants what the provider does, and nothing else", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  expect(await provider.check(signal())).toMatchObject({ state: "healthy" });
  const worker = workerOf(
    ["sh", "-c", 'echo "$TOKEN"; while :; do sleep 0.05; done'],
    { TOKEN: "hunter2" },
    { secrets: { TOKEN: "env:HODEI_SECRET_T" } },
  );
  await provider.start(worker, signal());
  await provider.start(worker, signal());
  expect(await firstOf(provider.logs(worker.name, {}, signal()))).toMatchObject({ text: "hunter2\n" });
  await provider.stop(worker.name, 5);
  await exits.of(worker.name);
  const stubborn = workerOf(["sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.05; done"]);
  await provider.start(stubborn, signal());
  await firstOf(provider.logs(stubborn.name, {}, signal()));
  await provider.stop(stubborn.name, 0);
  await exits.of(stubborn.name);
  await provider.list(signal());
  await provider.remove(worker.name);
  expect([...cluster.used].sort()).toEqual(rightsOf([...shippedRules, ...shippedNodeRules]).sort());
});

test("the workers' own account is bound to nothing", () => {
  expect(deployed("worker.yaml")).toMatchObject([
    { kind: "ServiceAccount", metadata: { name: "hodei-worker" }, automountServiceAccountToken: false },
  ]);
  const bound = ["provisioner.yaml", "nodes-reader.yaml"]
    .flatMap(deployed)
    .flatMap(({ subjects }) => (subjects ?? []) as { name: string }[]);
  expect(new Set(bound.map(({ name }) => name))).toEqual(new Set(["hodei-provisioner"]));
});

test("a secret's value is in a Secret of its worker alone, in no Job and no Pod, and goes with the Job", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  const worker = workerOf(
    ["sh", "-c", 'printf "%s" "$TOKEN"'],
    { TOKEN: "$(hunter2)" },
    { secrets: { TOKEN: "env:HODEI_SECRET_T" } },
  );
  await provider.start(worker, signal());
  expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("$(hunter2)\n");
  expect(JSON.stringify([cluster.objects("jobs"), cluster.objects("pods"), cluster.objects("events")])).not.toContain(
    "hunter2",
  );
  expect(cluster.objects("secrets")).toHaveLength(1);
  await exits.of(worker.name);
  await provider.remove(worker.name);
  await waitFor("the Secret to go", () => cluster.objects("secrets").length === 0);
});

test("without any right it is unhealthy, in the words that people search for, with what to type", async () => {
  await using open = await openKubernetes({}, []);
  const health = await open.provider.check(signal());
  expect(health).toMatchObject({ state: "unhealthy", code: "PERMISSION_DENIED" });
  expect(health.detail).toMatch(/^User cannot create jobs, .*in namespace "hodei-jobs"$/);
  const step = health.steps?.find(({ name }) => name === "may create jobs in hodei-jobs");
  expect(step).toMatchObject({
    ok: false,
    command: expect.stringMatching(/^kubectl --kubeconfig \S+ auth can-i create jobs\.batch -n hodei-jobs$/),
  });
  await expect(open.provider.start(workerOf(["true"]), signal())).rejects.toMatchObject({
    code: "PERMISSION_DENIED",
    message: expect.stringContaining(
      `User "${PROVISIONER}" cannot create resource "jobs" in API group "batch" in the namespace "hodei-jobs"`,
    ),
  });
});

test.each([
  ["create batch/jobs", "unhealthy", 'User cannot create jobs in namespace "hodei-jobs"'],
  ["watch /pods", "unhealthy", 'User cannot watch pods in namespace "hodei-jobs"'],
  ["get /pods/log", "degraded", 'User cannot get pods/log in namespace "hodei-jobs": output cannot be read'],
  ["patch /pods", "degraded", "running workers cannot be stopped in order"],
  ["create /secrets", "degraded", "jobs with secrets cannot be started"],
])("without %s it is %s and says what is missing", async (right, state, says) => {
  await using open = await openKubernetes({}, without(right));
  expect(await open.provider.check(signal())).toMatchObject({
    state,
    code: "PERMISSION_DENIED",
    detail: expect.stringContaining(says),
  });
});

test("what is only good to know may be forbidden", async () => {
  const needless = ["list /resourcequotas", "get /namespaces"];
  const rules = shippedRules.filter((rule) => !rightsOf([rule]).some((right) => needless.includes(right)));
  await using cluster = await kubernetesDouble();
  const config = { type: "kubernetes", namespace: NAMESPACE, kubeconfig_path: cluster.tokenConfig("narrow", rules) };
  await using provider = await openProvider("kubernetes", config, adapterContext("/nonexistent"));
  const health = await provider.check(signal());
  expect(health).toMatchObject({ state: "healthy" });
  expect(health.capabilities).toBeUndefined();
});

test("capacity is what fitting nodes have, no more than quotas say", async () => {
  await using open = await openKubernetes({
    node_selector: { pool: "jobs" },
    tolerations: [{ key: "dedicated", operator: "Exists" }],
  });
  const { cluster, provider } = open;
  const node = (name: string, more: { labels?: object; spec?: object; ready?: string; allocatable?: object }) =>
    cluster.apply("nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { pool: "jobs", "kubernetes.io/arch": "arm64", ...more.labels } },
      spec: more.spec ?? {},
      status: {
        allocatable: more.allocatable ?? { cpu: "3920m", memory: "4Gi" },
        conditions: [{ type: "Ready", status: more.ready ?? "True" }],
      },
    });
  node("small", {});
  node("large", {
    allocatable: { cpu: "8", memory: "16Gi", "nvidia.com/gpu": "2" },
    spec: { taints: [{ key: "dedicated", value: "x", effect: "NoSchedule" }] },
  });
  node("elsewhere", { labels: { pool: "web" } });
  node("sick", { ready: "Unknown" });
  node("cordoned", { spec: { unschedulable: true } });
  node("tainted", { spec: { taints: [{ key: "other", effect: "NoExecute" }] } });
  expect((await provider.check(signal())).capabilities).toEqual({
    architecture: "arm64",
    perWorker: { cpuMillis: 8_000, memoryBytes: 16 * 2 ** 30, gpu: 2 },
    total: { cpuMillis: 11_920, memoryBytes: 20 * 2 ** 30, gpu: 2 },
  });
  cluster.apply("resourcequotas", {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q", namespace: NAMESPACE },
    spec: { hard: { "limits.cpu": "6", pods: "10" } },
  });
  expect((await provider.check(signal())).capabilities).toMatchObject({
    perWorker: { cpuMillis: 6_000 },
    total: { cpuMillis: 6_000, memoryBytes: 20 * 2 ** 30 },
  });
});

test("a client certificate that has expired is unhealthy by its own date, one that is valid is known by its end", async () => {
  await using cluster = await kubernetesDouble();
  const open = (path: string) =>
    openProvider(
      "kubernetes",
      { type: "kubernetes", namespace: NAMESPACE, kubeconfig_path: path },
      adapterContext("/nonexistent"),
    );
  await using valid = await open(cluster.certificateConfig("alice", shippedRules, 10));
  const health = await valid.check(signal());
  expect(health).toMatchObject({ state: "healthy" });
  expect(Math.round(((health.certificateExpiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(10);
  const path = cluster.certificateConfig("bob", shippedRules, -1);
  await using expired = await open(path);
  expect(await expired.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "CERTIFICATE_EXPIRED",
    detail: expect.stringMatching(
      /^x509: certificate has expired or is not yet valid: the client certificate .*CN=bob/,
    ),
  });
});

test("a server that is not there needs confirmation, credentials that are refused do not", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, config } = open;
  await using stranger = await openProvider(
    "kubernetes",
    { ...config, kubeconfig_path: await strangerConfig(open.config) },
    adapterContext("/nonexistent"),
  );
  expect(await stranger.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "PERMISSION_DENIED",
    detail: "Unauthorized",
  });
  await cluster.server.stop();
  expect(await provider.check(signal())).toMatchObject({
    state: "degraded",
    code: "UNREACHABLE",
    needsConfirmation: true,
  });
  await cluster.server.start();
  expect(await provider.check(signal())).toMatchObject({ state: "healthy" });
});

test("a configuration that leads nowhere says where it should lead", async () => {
  await using directory = await scratchDirectory();
  await using open = await openKubernetes();
  const verdict = async (more: object) => {
    await using provider = await openProvider(
      "kubernetes",
      { ...open.config, ...more },
      adapterContext("/nonexistent"),
    );
    const health = await provider.check(signal());
    await expect(provider.start(workerOf(["true"]), signal())).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    return health;
  };
  const broken = join(directory.path, "broken");
  writeFileSync(broken, "{ not: [yaml");
  for (const [more, says] of [
    [{ kubeconfig_path: "/nowhere/config" }, "kubeconfig_path /nowhere/config cannot be read"],
    [{ kubeconfig_path: broken }, "cannot be read"],
    [{ context: "prod" }, 'has no context "prod"; write one of test'],
    [{ kubeconfig_path: null }, "this process runs in no cluster"],
  ] as const)
    expect(await verdict(more)).toMatchObject({
      state: "unhealthy",
      code: "CONFIG_INVALID",
      detail: expect.stringContaining(says),
    });
  for (const each of open.cluster.objects("namespaces")) open.cluster.remove("namespaces", each);
  expect(await verdict({})).toMatchObject({
    state: "unhealthy",
    code: "CONFIG_INVALID",
    detail: 'namespaces "hodei-jobs" not found',
  });
});

/** The same cluster, with a token that nobody gave out. */
async function strangerConfig(config: object): Promise<string> {
  const path = (config as { kubeconfig_path: string }).kubeconfig_path;
  const kubeconfig = JSON.parse(await readFile(path, "utf8"));
  kubeconfig.users[0].user.token = "guessed";
  await writeFile(`${path}-stranger`, JSON.stringify(kubeconfig));
  return `${path}-stranger`;
}
