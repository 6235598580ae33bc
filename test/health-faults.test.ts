import { chmodSync } from "node:fs";
import { join } from "node:path";
import { engineBehindTls, engineProxy, lambdaEndpoint, testCertificate, testCluster, waitFor } from "@hodei/testing";
import { expect, test, vi } from "vitest";
import { becomes, checksOf } from "./health-rows.ts";

// Several services each, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

/** Checked every second, so that no test needs patience. */
const quick = { interval_seconds: 1, timeout_seconds: 1 };
const docker = (socketPath: string, more: object = {}) => ({
  type: "docker",
  socket_path: socketPath,
  default_image: "any",
  health_check_config: { ...quick, ...more },
});
const faultyCluster = () => testCluster({ services: ["registry", "health"] });

test("a Docker socket that Hodei may not open is unhealthy at once, says how to open it, and comes back when it is open", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  await cluster.start("health", {}, { unprivileged: true });
  const path = join(cluster.home, "docker.sock");
  await using _ = await engineProxy(path);
  chmodSync(path, 0o000);
  await cluster.addProvider({ name: "closed", provider_type: "docker", config: docker(path) });
  expect(await becomes(cluster, "closed", { status: "UNHEALTHY", code: "PERMISSION_DENIED" })).toMatchObject({
    fix: "add the user that Hodei runs as to the docker group, or open the socket to it with chmod",
    detail: expect.stringContaining("EACCES"),
  });
  expect(await checksOf(cluster, "closed")).toBe(1);
  chmodSync(path, 0o666);
  await becomes(cluster, "closed", { status: "ACTIVE", health: "healthy", code: null, status_reason: null });
});

test("an engine that stops is degraded until that is confirmed, then unhealthy; started again it comes back, and its jobs run", async () => {
  await using cluster = await testCluster();
  const path = join(cluster.home, "docker.sock");
  await using engine = await engineProxy(path);
  await cluster.addProvider({ name: "engine", provider_type: "docker", config: docker(path) });
  await becomes(cluster, "engine", { status: "ACTIVE", health: "healthy" });
  await engine.cut();
  await becomes(cluster, "engine", { status: "ACTIVE", health: "degraded", code: "UNREACHABLE" });
  expect(await becomes(cluster, "engine", { status: "UNHEALTHY", health: "unhealthy" })).toMatchObject({
    fix: expect.stringContaining("check the network"),
  });
  await engine.open();
  await becomes(cluster, "engine", { status: "ACTIVE", health: "healthy" });
});

test("an API that accepts and never answers costs one question at a time and holds up nobody else's checks", async () => {
  await using cluster = await faultyCluster();
  const path = join(cluster.home, "docker.sock");
  await using engine = await engineProxy(path);
  engine.delayMs = Number.POSITIVE_INFINITY;
  await cluster.addProvider({ name: "hung", provider_type: "docker", config: docker(path) });
  await cluster.addProvider({
    name: "well",
    provider_type: "process",
    config: { type: "process", health_check_config: quick },
  });
  expect(await becomes(cluster, "hung", { status: "UNHEALTHY", code: "UNREACHABLE" })).toMatchObject({
    detail: expect.stringContaining("no answer"),
  });
  const before = await checksOf(cluster, "well");
  await waitFor("five more checks of the other", async () => (await checksOf(cluster, "well")) >= before + 5);
  await becomes(cluster, "well", { status: "ACTIVE", health: "healthy" });
  engine.delayMs = 0;
  await becomes(cluster, "hung", { status: "ACTIVE", health: "healthy" });
});

test("an engine that answers slowly is degraded, takes work, and says that more time helps", async () => {
  await using cluster = await faultyCluster();
  const path = join(cluster.home, "docker.sock");
  await using engine = await engineProxy(path);
  engine.delayMs = 2_000;
  await cluster.addProvider({
    name: "slow",
    provider_type: "docker",
    config: docker(path, { interval_seconds: 60, timeout_seconds: 6 }),
  });
  expect(await becomes(cluster, "slow", { health: "degraded", code: "SLOW_ANSWERS" })).toMatchObject({
    status: "ACTIVE",
    fix: expect.stringContaining("raise health_check_config.timeout_seconds"),
  });
  await cluster.database.query(
    `UPDATE provider_configs SET config = config || '{"health_check_config": {"timeout_seconds": 30, "interval_seconds": 60}}'`,
  );
  await becomes(cluster, "slow", { health: "healthy" });
});

test.each([
  ["expired", { fromDays: -30, toDays: -1 }],
  ["not yet valid", { fromDays: 2, toDays: 30 }],
])(
  "a certificate that is %s is unhealthy at once with its own fix, and a new one counts at the next check",
  async (_, validity) => {
    await using cluster = await faultyCluster();
    const bad = testCertificate(join(cluster.home, "bad"), validity);
    const good = testCertificate(join(cluster.home, "good"));
    await using engine = await engineBehindTls(bad);
    const { certFile, keyFile } = good;
    const tls = { ca: `file:${certFile}`, cert: `file:${certFile}`, key: `file:${keyFile}` };
    await cluster.addProvider({
      name: "remote",
      provider_type: "docker",
      config: {
        type: "docker",
        host: "127.0.0.1",
        port: engine.port,
        tls: { ...tls, ca: `file:${bad.certFile}` },
        default_image: "any",
        health_check_config: quick,
      },
    });
    expect(await becomes(cluster, "remote", { status: "UNHEALTHY", code: "CERTIFICATE_EXPIRED" })).toMatchObject({
      fix: "regenerate the kubeconfig or the certificate, and check the system clock",
    });
    engine.present(good);
    await cluster.database.query("UPDATE provider_configs SET config = jsonb_set(config, '{tls}', $1)", [
      JSON.stringify(tls),
    ]);
    await becomes(cluster, "remote", { status: "ACTIVE", health: "healthy" });
  },
);

test("wrong Lambda credentials are unhealthy at once and say whose; the right ones count at the next check", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  await using endpoint = await lambdaEndpoint();
  const secret = endpoint.credentials.secretAccessKey;
  await cluster.start("health", { LAMBDA_KEY: endpoint.credentials.accessKeyId, LAMBDA_SECRET: "wrong" });
  await cluster.addProvider({
    name: "functions",
    provider_type: "lambda",
    config: {
      type: "lambda",
      region: endpoint.region,
      endpoint: endpoint.url,
      role_arn: endpoint.roleArn,
      access_key_id: "env:LAMBDA_KEY",
      secret_access_key: "env:LAMBDA_SECRET",
      health_check_config: quick,
    },
  });
  expect(await becomes(cluster, "functions", { status: "UNHEALTHY", code: "PERMISSION_DENIED" })).toMatchObject({
    fix: expect.stringContaining("renew credentials"),
  });
  await cluster.service("health").kill("SIGTERM");
  await cluster.start("health", { LAMBDA_KEY: endpoint.credentials.accessKeyId, LAMBDA_SECRET: secret });
  await becomes(cluster, "functions", { status: "ACTIVE" });
});
