import { copyFileSync } from "node:fs";
import { hodei, type KubernetesDouble, kubernetesDouble, type PolicyRule, testCluster } from "@hodei/testing";
import { expect, test, vi } from "vitest";
import { becomes } from "./health-rows.ts";

vi.setConfig({ testTimeout: 300_000 });

const ACCOUNT = "system:serviceaccount:hodei-jobs:hodei-provisioner";
const ALL: readonly PolicyRule[] = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
/** All but the logs of pods. */
const NO_LOGS: readonly PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["*"], verbs: ["*"] },
  { apiGroups: [""], resources: ["pods", "events", "secrets", "namespaces", "resourcequotas"], verbs: ["*"] },
];
const row = (name: string, kubeconfig: string) => ({
  name,
  provider_type: "kubernetes",
  config: {
    type: "kubernetes",
    kubeconfig_path: kubeconfig,
    namespace: "hodei-jobs",
    service_account: "hodei-worker",
    default_image: "hodei-jobs-worker:v3",
    health_check_config: { interval_seconds: 1, timeout_seconds: 5 },
  },
});
const grant = (cluster: KubernetesDouble, user: string, rules: readonly PolicyRule[]) =>
  cluster.tokenConfig(user, rules, { everywhere: ALL });

test("an account without rights is unhealthy at once; doctor prints the kubectl auth can-i of the account that acts; the Role mends it", async () => {
  await using kubernetes = await kubernetesDouble();
  await using cluster = await testCluster({ services: ["registry", "health"] });
  await cluster.addProvider(row("no-rights", kubernetes.tokenConfig(ACCOUNT, [])));
  expect(await becomes(cluster, "no-rights", { status: "UNHEALTHY", code: "PERMISSION_DENIED" })).toMatchObject({
    fix: expect.stringMatching(/Role.*RoleBinding.*hodei-jobs/),
    detail: expect.stringMatching(/User cannot create jobs.*in namespace "hodei-jobs"/),
  });
  const { code, stdout } = await hodei(cluster, "doctor", "--provider", "no-rights");
  expect(code).toBe(1);
  expect(stdout).toMatch(/! providers {3}may create jobs in hodei-jobs/);
  expect(stdout).toMatch(/type: {2}kubectl --kubeconfig \S+ auth can-i create jobs\.batch -n hodei-jobs/);
  kubernetes.tokenConfig(ACCOUNT, ALL);
  await becomes(cluster, "no-rights", { status: "ACTIVE", code: null });
});

test("an account with a part of the rights is degraded and takes work, with what is missing", async () => {
  await using kubernetes = await kubernetesDouble();
  await using cluster = await testCluster({ services: ["registry", "health"] });
  await cluster.addProvider(row("no-logs", kubernetes.tokenConfig("no-logs", NO_LOGS)));
  expect(
    await becomes(cluster, "no-logs", { status: "ACTIVE", health: "degraded", code: "PERMISSION_DENIED" }),
  ).toMatchObject({ detail: expect.stringContaining("pods/log") });
});

test("a client certificate that has expired is unhealthy, one that ends in 10 days is warned of; a renewed file counts at the next check", async () => {
  await using kubernetes = await kubernetesDouble();
  await using cluster = await testCluster({ services: ["registry", "health"] });
  const path = kubernetes.certificateConfig("renewed", ALL, -1);
  await cluster.addProvider(row("renewed", path));
  expect(await becomes(cluster, "renewed", { status: "UNHEALTHY", code: "CERTIFICATE_EXPIRED" })).toMatchObject({
    fix: "regenerate the kubeconfig or the certificate, and check the system clock",
  });
  copyFileSync(kubernetes.certificateConfig("renewed", ALL, 10), path);
  expect(await becomes(cluster, "renewed", { status: "ACTIVE", code: "CERTIFICATE_EXPIRING" })).toMatchObject({
    health: "degraded",
    detail: expect.stringMatching(/a certificate ends at .*, in 9 days/),
  });
  copyFileSync(kubernetes.certificateConfig("renewed", ALL, 90), path);
  await becomes(cluster, "renewed", { status: "ACTIVE", health: "healthy", code: null });
  const [{ days } = { days: 0 }] = await cluster.database.query<{ days: number }>(
    "SELECT (certificate_expires_at::date - now()::date) AS days FROM provider_health",
  );
  expect(days).toBeGreaterThan(14);
});

test("an API server that accepts and never answers is unhealthy once that is confirmed, and comes back", async () => {
  await using kubernetes = await kubernetesDouble();
  await using cluster = await testCluster({ services: ["registry", "health"] });
  await cluster.addProvider(row("hung", grant(kubernetes, "hung", ALL)));
  await becomes(cluster, "hung", { status: "ACTIVE", health: "healthy" });
  kubernetes.mood.isHung = true;
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health_check_config": {"interval_seconds": 1, "timeout_seconds": 1}}'`,
  );
  await becomes(cluster, "hung", { status: "UNHEALTHY", code: "UNREACHABLE" });
  kubernetes.mood.isHung = false;
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health_check_config": {"interval_seconds": 1, "timeout_seconds": 5}}'`,
  );
  await becomes(cluster, "hung", { status: "ACTIVE", health: "healthy" });
});
