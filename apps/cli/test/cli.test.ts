import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandOutcome, hodeiWith, scratchDirectory } from "@hodei/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Each test types several commands, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

let home: string;
let cleanUp: () => Promise<void>;

const hodei = (...args: string[]): Promise<CommandOutcome> => hodeiWith({ HODEI_HOME: home }, ...args);

beforeAll(async () => {
  const directory = await scratchDirectory();
  home = join(directory.path, "home");
  const up = await hodei("up");
  expect(up).toMatchObject({ code: 0 });
  cleanUp = async () => {
    await hodei("down");
    await directory[Symbol.asyncDispose]();
  };
});
afterAll(() => cleanUp());

test("run prints what the command prints, and ends as it ends", async () => {
  expect(await hodei("run", "--", "echo", "hi")).toMatchObject({ code: 0, stdout: "hi\n" });
  const failed = await hodei("run", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
  expect(failed).toMatchObject({ code: 7, stdout: "out\n" });
  expect(failed.stderr).toContain("err\n");
});

test("run passes what it is asked to the job", async () => {
  const detached = await hodei(
    "run",
    "--detach",
    "--name",
    "nightly",
    "--cpu",
    "500m",
    "--memory",
    "64Mi",
    "--env",
    "A=b=c",
    "--timeout",
    "90s",
    "--",
    "true",
  );
  const jobId = detached.stdout.trim();
  const got = JSON.parse((await hodei("jobs", "get", jobId, "--json")).stdout) as { job: { spec: object } };
  expect(got.job.spec).toMatchObject({
    name: "nightly",
    command: ["true"],
    resources: { cpu: "500m", memory: "64Mi" },
    env: { A: "b=c" },
    timeout_seconds: 90,
  });
});

test("wrong words end with 2 and say what to write", async () => {
  expect(await hodei("run", "--label", "environment==production", "--", "true")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--label environment=production"),
  });
  expect(await hodei("run", "--timeout", "soon", "--", "true")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("write for example 90s, 10m or 2h"),
  });
  expect(await hodei("jobz")).toMatchObject({ code: 2 });
  expect(await hodei("jobs", "list", "--state", "happy")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("succeeded"),
  });
});

test("what does not exist ends with 1 and says where to look", async () => {
  expect(await hodei("jobs", "get", "nobody")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("hodei jobs list"),
  });
  expect(await hodei("providers", "get", "nobody")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is local"),
  });
});

test("a rejected job names every problem", async () => {
  const { code, stderr } = await hodei("run", "--memory", "4GB", "--priority", "99999999", "--", "true");
  expect(code).toBe(1);
  expect(stderr).toContain('resources.memory: "4GB" is not a quantity; write 4G or 4Gi');
  expect(stderr).toContain("priority: 99999999 is not a whole number");
});

test("a provider is added from a file with comments, explained, planned, drained, rolled back and removed", async () => {
  const file = join(home, "provider.json");
  writeFileSync(
    file,
    '{\n  // the second machine\n  "name": "second",\n  "provider_type": "process",\n  "config": { "type": "process" },\n  "required_labels": { "rack": "2" },\n  "max_workers": 0\n}',
  );
  expect(await hodei("providers", "add", "-f", file)).toMatchObject({ code: 0, stdout: "added second\n" });
  const jobId = (await hodei("run", "--detach", "--label", "rack=2", "--", "true")).stdout.trim();
  const story = (await hodei("jobs", "explain", jobId)).stdout;
  expect(story).toContain("second: E3 active_workers: wants a free slot, has 0 of 0 taken");
  expect(story).toContain('local: E6 rack: wants "2", has nothing');
  expect((await hodei("providers", "plan", "second", "--set", "max_workers=1")).stdout).toContain("1 would be placed");
  expect(await hodei("providers", "update", "second", "--set", "max_workers=1")).toMatchObject({ code: 0 });
  expect(await hodei("jobs", "logs", "-f", jobId)).toMatchObject({ code: 0 });
  expect(await hodei("providers", "drain", "second")).toMatchObject({ code: 0, stdout: "second is drained\n" });
  // The drain was a change too, and one that is not rolled back.
  expect((await hodei("providers", "rollback", "second")).stdout).toBe("rolled back to generation 1: second\n");
  const { providers } = JSON.parse((await hodei("providers", "list", "--json")).stdout) as {
    providers: { name: string; maxWorkers: number; status: string }[];
  };
  expect(providers.find((provider) => provider.name === "second")).toMatchObject({
    maxWorkers: 0,
    status: "MAINTENANCE",
  });
  expect(await hodei("providers", "check", "second")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("second is healthy"),
  });
  expect(await hodei("providers", "remove", "second")).toMatchObject({ code: 0 });
});

test("a trailing comma is refused where it stands, and a bad configuration is kept with its reason", async () => {
  const file = join(home, "bad.json");
  writeFileSync(file, '{\n  "name": "bad",\n  "provider_type": "docker",\n}');
  expect(await hodei("providers", "add", "-f", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("line 4, column 1: a comma before the closing bracket"),
  });
  writeFileSync(file, '{ "name": "bad", "provider_type": "docker", "config": { "type": "docker", "prot": 1 } }');
  expect(await hodei("providers", "add", "-f", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("prot: is not a known key; remove it"),
  });
  writeFileSync(file, '{ "name": "worse", "provider_type": "Docker", "config": { "type": "docker" } }');
  expect(await hodei("providers", "add", "-f", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('write "docker"'),
  });
});

test("status and env tell where everything is", async () => {
  const { services } = JSON.parse((await hodei("status", "--json")).stdout) as {
    services: { name: string; state: string; url: string }[];
  };
  expect(services.map((service) => `${service.name} ${service.state}`)).toEqual([
    "postgres ready",
    "nats ready",
    "registry ready",
    "selector ready",
    "health ready",
    "provisioner ready",
  ]);
  const registry = services.find((service) => service.name === "registry")?.url ?? "";
  expect(await (await fetch(`${registry}/health/providers`)).json()).toMatchObject({
    providers: expect.arrayContaining([expect.objectContaining({ name: "local", health: "healthy" })]),
  });
  expect(await (await fetch(`${registry}/metrics`)).text()).toContain("hodei_database_duration_seconds");
  const env = (await hodei("env")).stdout;
  for (const name of ["HODEI_DATABASE_URL", "HODEI_NATS_URL", "HODEI_API_URL", "HODEI_TOKEN", "PGHOST", "PGPASSWORD"])
    expect(env).toContain(`export ${name}='`);
});

test("data and running workers outlive down and up", async () => {
  const jobId = (
    await hodei(
      "run",
      "--detach",
      "--",
      "sh",
      "-c",
      `until [ -e ${join(home, "go")} ]; do sleep 0.05; done; echo survived; exit 4`,
    )
  ).stdout.trim();
  await untilState(jobId, "RUNNING");
  expect(await hodei("down")).toMatchObject({ code: 0 });
  expect(await hodei("status")).toMatchObject({ code: 1 });
  writeFileSync(join(home, "go"), "");
  expect(await hodei("up")).toMatchObject({ code: 0 });
  await untilState(jobId, "FAILED");
  expect((await hodei("jobs", "logs", jobId)).stdout).toBe("survived\n");
  const { job } = JSON.parse((await hodei("jobs", "get", jobId, "--json")).stdout) as {
    job: { exitCode: number; attempt: number };
  };
  expect(job).toMatchObject({ exitCode: 4, attempt: 1 });
});

async function untilState(jobId: string, state: string): Promise<void> {
  for (;;) {
    const { stdout } = await hodei("jobs", "get", jobId, "--json");
    if (stdout && (JSON.parse(stdout) as { job: { state: string } }).job.state === state) return;
  }
}
