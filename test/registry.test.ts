import { testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

test("a configuration that is not valid keeps its row and says why by path, in the row, the log and over HTTP", async () => {
  await using cluster = await testCluster({ services: ["registry"], env: { HODEI_ALLOW_SIMULATED: "0" } });
  const verdict = async (name: string, provider_type: string, config: object) => {
    await cluster.addProvider({ name, provider_type, config });
    const [row] = await cluster.database.query<{ config_errors: { path: string; message: string }[] }>(
      "SELECT config_errors FROM provider_configs WHERE name = $1",
      [name],
    );
    return row?.config_errors.map(({ path, message }) => `${path}: ${message}`);
  };
  expect(await verdict("fine", "process", { type: "process" })).toEqual([]);
  expect(await verdict("unknown", "mainframe", { type: "mainframe" })).toEqual([
    'provider_type: "mainframe" is not a provider type; write one of docker, kubernetes, lambda, process, simulated, or name the package of the plug-in that adds it in HODEI_PLUGINS',
  ]);
  expect(await verdict("typo", "docker", { type: "docker", sockt_path: "/x", port: 70_000 })).toEqual(
    expect.arrayContaining([
      "sockt_path: is not a known key; remove it",
      "port: 70000 is not a whole number from 1 to 65535; write one",
    ]),
  );
  expect(await verdict("mixed", "docker", { type: "process" })).toEqual([
    'type: "process" does not match provider_type; write "docker"',
  ]);
  expect(await verdict("cluster", "kubernetes", { type: "kubernetes", namespace: "jobs" })).toEqual([]);
  expect(await verdict("pretend", "simulated", { type: "simulated" })).toEqual([
    expect.stringContaining("set HODEI_ALLOW_SIMULATED=1"),
  ]);
  await cluster
    .service("registry")
    .logged("the reason", (line) => line.msg === "Provider typo is left out: its configuration is not valid");
  const { providers } = (await (await fetch(`${cluster.service("registry").url}/health/providers`)).json()) as {
    providers: { name: string; config_errors: unknown[] }[];
  };
  expect(
    providers.map((provider) => `${provider.name} ${provider.config_errors.length > 0 ? "invalid" : "valid"}`),
  ).toEqual(["cluster valid", "fine valid", "mixed invalid", "pretend invalid", "typo invalid", "unknown invalid"]);
});

test("what changed while the registry was away is seen when it is back", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  await cluster.addProvider({ name: "p", provider_type: "process" });
  await cluster.service("registry").kill("SIGKILL");
  await cluster.database.query(`UPDATE provider_configs SET config = '{"type": "process", "wrong": 1}'`);
  await cluster.start("registry");
  await waitFor("the verdict", async () => {
    const [row] = await cluster.database.query<{ config_errors: unknown[] | null }>(
      "SELECT config_errors FROM provider_configs",
    );
    return row?.config_errors?.length === 1;
  });
});

test("a notification that is no change of a provider has everything read again, and ends nothing", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  for (const payload of ["", "not JSON", '{"provider_id": 7}'])
    await cluster.database.query("SELECT pg_notify('hodei_provider_changed', $1)", [payload]);
  await cluster.addProvider({ name: "after it", provider_type: "process" });
  expect((await fetch(`${cluster.service("registry").url}/readyz`)).status).toBe(200);
});
