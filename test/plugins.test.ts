import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackage, scratchDirectory, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

const EXAMPLE = fileURLToPath(new URL("../docs/providers/example", import.meta.url));

/** Services that find the example of a plug-in where a user installed it: named in the file of HODEI_CONFIG, beside it. */
async function clusterWithExample(): Promise<{ cluster: TestCluster; settings: string } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await installPackage(EXAMPLE));
  const settings = join(folder, "hodei.toml");
  await writeFile(settings, '[plugins]\npackages = ["hodei-nice"]\n');
  const cluster = stack.use(await testCluster({ env: { HODEI_CONFIG: settings } }));
  const owned = stack.move();
  return { cluster, settings, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function problemsOf(cluster: TestCluster, name: string): Promise<string[] | undefined> {
  const [row] = await cluster.database.query<{ config_errors: { path: string; message: string }[] | null }>(
    "SELECT config_errors FROM provider_configs WHERE name = $1",
    [name],
  );
  return row?.config_errors?.map(({ path, message }) => `${path}: ${message}`);
}

test("a package adds a provider type: it is validated, checked, placed on and run like any other", async () => {
  await using started = await clusterWithExample();
  const { cluster } = started;
  await cluster.addProvider({ name: "spare", provider_type: "nice", config: { type: "nice", niceness: 7 } });
  await cluster.addProvider({
    name: "typo",
    provider_type: "nice",
    config: { type: "nice", niceness: 20, nicenes: 1, start_concurrency: 0 },
  });
  expect(await problemsOf(cluster, "spare")).toEqual([]);
  expect((await problemsOf(cluster, "typo"))?.sort()).toEqual([
    "nicenes: is not a known key; remove it",
    "niceness: 20 is not a whole number from 0 to 19; write one",
    "start_concurrency: 0 is not a whole number from 1 to 1024; write one",
  ]);

  await cluster.submit({ job_id: "polite", command: ["sh", "-c", "nice; exit 3"], env: { A: "b" } });
  expect(await cluster.reaches("polite", "FAILED")).toMatchObject({ provider_name: "spare", exit_code: 3 });
  expect(await logOf(cluster, "polite")).toMatch(/^\d+\n$/);

  await cluster.submit({ job_id: "pictured", image: "alpine", command: ["true"] });
  await cluster.reaches("pictured", "PENDING");
  const [type] = await cluster.database.query("SELECT * FROM provider_types WHERE type = 'nice'");
  expect(type).toMatchObject({ package: "hodei-nice", version: "1.0.0", runs_images: false, is_per_machine: true });
  const health = await waitFor("its health", async () => {
    const [row] = await cluster.database.query<{ health: string; capabilities: { per_worker: object } }>(
      "SELECT h.health, p.capabilities FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id WHERE p.name = 'spare' AND h.health <> 'unknown'",
    );
    return row;
  });
  expect(health).toMatchObject({ health: "healthy", capabilities: { per_worker: { cpu: expect.any(String) } } });
});

test("a worker of a plug-in outlives its provisioner, and is ended by a cancel", async () => {
  await using started = await clusterWithExample();
  const { cluster } = started;
  await cluster.addProvider({ name: "spare", provider_type: "nice" });
  await cluster.submit({ job_id: "long", command: ["sleep", "600"] });
  await cluster.reaches("long", "RUNNING");
  await cluster.service("provisioner").kill("SIGKILL");
  await cluster.start("provisioner");
  await cluster.service("provisioner").logged("that it took it over", ({ msg }) => msg === "workers taken over");
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "c", body: { job_id: "long" } }]);
  expect(await cluster.reaches("long", "CANCELLED")).toMatchObject({ attempt: 1 });
});

test("when its plug-in is gone, a provider keeps its row and says how to get it back", async () => {
  await using started = await clusterWithExample();
  const { cluster, settings } = started;
  await cluster.addProvider({ name: "spare", provider_type: "nice" });
  await writeFile(settings, "");
  await cluster.service("registry").kill("SIGTERM");
  await cluster.start("registry");
  expect(await problemsOf(cluster, "spare")).toEqual([
    'provider_type: "nice" is not a provider type; write one of docker, kubernetes, lambda, process, simulated, or name the package of the plug-in that adds it in HODEI_PLUGINS',
  ]);
  await cluster.submit({ job_id: "waits", command: ["true"] });
  await cluster.reaches("waits", "PENDING");
  await writeFile(settings, '[plugins]\npackages = ["hodei-nice"]\n');
  await cluster.service("registry").kill("SIGTERM");
  await cluster.start("registry");
  await cluster.reaches("waits", "SUCCEEDED");
});

test.each(["registry", "health", "provisioner"] as const)(
  "%s does not start with a plug-in that cannot be loaded, and says what to write",
  async (service) => {
    await using cluster = await testCluster({ services: [] });
    await expect(cluster.start(service, { HODEI_PLUGINS: "./nowhere,@acme/hodei-none" })).rejects.toThrow(
      /plug-in \.\/nowhere: .* does not exist; write the path of .*plug-in @acme\/hodei-none: .*npm install @acme\/hodei-none/s,
    );
  },
);

/** A plug-in whose providers each break in a way of their own. */
const BROKEN = `
export const apiVersion = 1;
const never = () => new Promise(() => {});
export default (hodei) => ({ types: [{
  type: "broken",
  traits: { runsImages: false, needsImage: false, takesPayload: false, isPerMachine: false },
  config: hodei.z.strictObject({ how: hodei.z.string() }),
  open: ({ how }) => {
    if (how === "open") throw new Error("cannot be opened");
    const provider = {
      check: async () => ({ state: "healthy" }),
      start: async ({ name }) => ({ name, resourceId: name, state: "running", adopted: false }),
      async *watch() { await never(); },
      async *logs() {},
      stop: async () => {}, remove: async () => {}, list: async () => [],
      [Symbol.asyncDispose]: async () => {},
    };
    const start = {
      throws: () => { throw new Error("start is broken"); },
      lies: async () => "started",
      hangs: never,
      stray: async () => {
        setTimeout(() => { throw new Error("thrown in a timer"); }, 1);
        void Promise.reject(new Error("rejected by nobody"));
        throw new hodei.StartError("UNREACHABLE", "the line is down");
      },
    }[how];
    return { ...provider, start };
  },
}] });`;

test("a plug-in that throws, lies, hangs or leaves errors lying about hurts nobody but its own providers", async () => {
  await using directory = await scratchDirectory();
  const file = join(directory.path, "broken.mjs");
  await writeFile(file, BROKEN);
  const services = ["registry", "selector", "provisioner"] as const;
  await using cluster = await testCluster({ services, env: { HODEI_PLUGINS: file } });
  const provisioner = cluster.service("provisioner");
  await cluster.addProvider({ name: "sound", provider_type: "process", priority: 1 });
  const codes = { open: "CONFIG_INVALID", throws: "PROVIDER_ERROR", lies: "PROVIDER_ERROR", stray: "UNREACHABLE" };
  for (const how of [...Object.keys(codes), "hangs"]) {
    await cluster.addProvider({
      name: how,
      provider_type: "broken",
      config: { type: "broken", how },
      required_labels: { how },
    });
    const only = { required_labels: { how }, provisioning_timeout_seconds: 2, command: ["true"] };
    await cluster.submit({ job_id: `on-${how}`, ...only });
  }
  for (const [how, code] of Object.entries(codes)) {
    expect(await cluster.reaches(`on-${how}`, "FAILED")).toMatchObject({ failure_code: code });
  }
  expect(await cluster.reaches("on-hangs", "FAILED")).toMatchObject({ failure_code: "TIMEOUT_PROVISIONING" });
  await provisioner.logged(
    "the stray errors",
    ({ msg, err }) =>
      msg.includes("threw an error that nobody waited for; provider stray") &&
      JSON.stringify(err).includes("in a timer"),
  );
  await cluster.start("health");
  await waitFor("the provider that cannot be opened to be found so", async () => {
    const [row] = await cluster.database.query<{ status: string }>(
      "SELECT status FROM provider_configs WHERE name = 'open'",
    );
    return row?.status === "UNHEALTHY";
  });
  await cluster.submit({ job_id: "elsewhere", command: ["true"] });
  expect(await cluster.reaches("elsewhere", "SUCCEEDED")).toMatchObject({ provider_name: "sound" });
  expect((await fetch(`${provisioner.url}/healthz`)).status).toBe(200);
});

async function logOf(cluster: TestCluster, jobId: string): Promise<string> {
  let text = "";
  const reading = cluster.bus.readJobLogs(jobId, { signal: AbortSignal.timeout(20_000), follow: false });
  for await (const { stream, text: piece } of reading) if (stream === "stdout") text += piece;
  return text;
}
