import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CHANNELS, MESSAGES } from "@hodei/asyncapi";
import { scratchDirectory, type TestCluster, testCluster } from "@hodei/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CLIENTS = fileURLToPath(new URL("../examples/clients/", import.meta.url));
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SLOW_MS = 300_000;
const run = promisify(execFile);

interface Client {
  /** Fetches or builds what it needs, into a folder of the test's. */
  prepare?: (folder: string) => Promise<unknown>;
  command: (folder: string) => string[];
  env?: (folder: string) => Record<string, string>;
}

const CLIENT_BY_LANGUAGE: Record<string, Client> = {
  typescript: { command: () => [process.execPath, join(CLIENTS, "typescript/main.ts")] },
  python: {
    prepare: (folder) =>
      run("python3", [
        ...[
          "-m",
          "pip",
          "install",
          "--quiet",
          "--retries",
          "1",
          "--disable-pip-version-check",
          "--root-user-action=ignore",
        ],
        ...["--target", join(folder, "packages"), "-r", join(CLIENTS, "python/requirements.txt")],
      ]),
    command: () => ["python3", join(CLIENTS, "python/main.py")],
    env: (folder) => ({ PYTHONPATH: join(folder, "packages"), PYTHONDONTWRITEBYTECODE: "1" }),
  },
  go: {
    prepare: (folder) =>
      run("go", ["build", "-o", join(folder, "client"), "."], {
        cwd: join(CLIENTS, "go"),
        // As Debian packages Go libraries; no module is fetched.
        env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", CGO_ENABLED: "0" },
      }),
    command: (folder) => [join(folder, "client")],
  },
};

let cluster: TestCluster;
const heard: { subject: string; body: unknown }[] = [];
const listening = new AbortController();
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry", "selector", "provisioner"] });
  cluster.bus.subscribe(
    ">",
    ({ subject, data }) => {
      if (/^(job|worker|provider|dlq)\./.test(subject))
        heard.push({ subject, body: JSON.parse(Buffer.from(data).toString()) });
    },
    listening.signal,
  );
  await cluster.addProvider({ name: "here", provider_type: "process" });
});
afterAll(async () => {
  listening.abort();
  await cluster[Symbol.asyncDispose]();
});

describe.each(Object.entries(CLIENT_BY_LANGUAGE))("the client in %s", (language, client) => {
  let folder: Awaited<ReturnType<typeof scratchDirectory>>;
  beforeAll(async () => {
    folder = await scratchDirectory();
    await client.prepare?.(folder.path);
  }, SLOW_MS);
  afterAll(() => folder[Symbol.asyncDispose]());

  const submit = (env: Record<string, string>, ...words: string[]) => {
    const [program = "", ...args] = client.command(folder.path);
    const all = { ...process.env, HODEI_NATS_URL: cluster.nats.url, ...client.env?.(folder.path), ...env };
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(program, [...args, ...words], { env: all, timeout: SLOW_MS }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
      });
    });
  };

  test("shows what its job writes, ends with it, and its trace goes on in the job's", async () => {
    const id = `by-${language}`;
    const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
    const outcome = await submit({ JOB_ID: id, TRACEPARENT: traceparent }, "echo", "hello from a job");
    expect(outcome).toMatchObject({ code: 0, stdout: "hello from a job\n" });
    expect(outcome.stderr).toContain(`${id} is SUCCEEDED`);
    const [row] = await cluster.database.query("SELECT traceparent FROM jobs WHERE id = $1", [id]);
    expect(row?.["traceparent"]).toContain(TRACE_ID);
  });

  test("ends with the job's own exit code, and says why", async () => {
    const outcome = await submit({}, "sh", "-c", "echo no >&2; exit 3");
    expect(outcome).toMatchObject({ code: 3, stdout: "" });
    expect(outcome.stderr).toMatch(/^no$/m);
    expect(outcome.stderr).toMatch(/is FAILED/);
  });

  test("says what is wrong with a job that is refused", async () => {
    const outcome = await submit({ JOB_ID: `refused-${language}` });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('command: is empty; write for example ["echo", "hi"]');
  });
});

test("whatever Hodei said meanwhile is as the document of the messages says", () => {
  const said = heard.filter(({ subject }) => subject !== "job.submitted");
  const wrong = said.filter(({ subject, body }) => {
    const channel = CHANNELS.find(({ address }) =>
      new RegExp(`^${address.replaceAll(/\{\w+\}/g, ".+")}$`).test(subject),
    );
    return !channel || !MESSAGES[channel.message].schema.safeParse(body).success;
  });
  expect(wrong).toEqual([]);
  const subjects = new Set(said.map(({ subject }) => subject));
  for (const subject of ["job.status.failed", "job.status.rejected", "worker.provision", "dlq.job.submitted"])
    expect(subjects).toContain(subject);
});
