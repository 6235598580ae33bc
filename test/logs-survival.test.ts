import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runHodei, startHodei } from "./hodei-cli.ts";

/** Tests write a lot; two cores may be busy with something else. */
const PATIENCE_MS = 120_000;
vi.setConfig({ testTimeout: PATIENCE_MS });
const LINES = 200_000;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster();
  await cluster.addProvider({ name: "local", provider_type: "process", max_workers: 20 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Writes 1, 2, 3 … for a few seconds. */
const counts = (job_id: string) => ({
  job_id,
  command: ["sh", "-c", "for c in $(seq 0 99); do seq $((c * 2000 + 1)) $((c * 2000 + 2000)); sleep 0.02; done"],
});

/** The first line that is not its own number; none when all are there, each once. */
function firstWrong(output: string): string | undefined {
  const lines = output.split("\n");
  const at = lines.findIndex((line, i) => line !== String(i + 1));
  return at === LINES && lines.length === LINES + 1 ? undefined : `line ${at + 1} is ${lines[at]}`;
}

/** Follows a job by the command line from its beginning. */
function follow(jobId: string) {
  const { stdout, ended } = startHodei(cluster, "jobs", "logs", "-f", jobId);
  let output = "";
  stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  return {
    hasSeen: (bytes: number) => waitFor(`${bytes} bytes of ${jobId}`, () => output.length > bytes, PATIENCE_MS),
    ended: async () => ({ ...(await ended), wrong: firstWrong(output) }),
  };
}

async function stored(jobId: string) {
  const { code, stdout, stderr } = await runHodei(cluster, "jobs", "logs", jobId);
  return { code, stderr, wrong: firstWrong(stdout) };
}

const WHOLE = { code: 0, stderr: "", wrong: undefined };

test("a provisioner that is killed in the middle of a log costs no line and doubles none", async () => {
  await cluster.submit(counts("killed"));
  await cluster.reaches("killed", "RUNNING");
  const reader = follow("killed");
  await reader.hasSeen(100_000);
  await cluster.service("provisioner").kill("SIGKILL");
  await cluster.start("provisioner");
  expect(await reader.ended()).toEqual(WHOLE);
  expect(await stored("killed")).toEqual(WHOLE);
});

test("a provisioner that is stopped in the middle of a log hands it on whole", async () => {
  await cluster.submit(counts("stopped"));
  await cluster.reaches("stopped", "RUNNING");
  const reader = follow("stopped");
  await reader.hasSeen(100_000);
  await cluster.service("provisioner").kill("SIGTERM");
  await cluster.start("provisioner");
  expect(await reader.ended()).toEqual(WHOLE);
});

test("a message server that is started again in the middle of a log costs no line", async () => {
  await cluster.submit(counts("restarted"));
  await cluster.reaches("restarted", "RUNNING");
  const reader = follow("restarted");
  await reader.hasSeen(100_000);
  await cluster.nats.restart();
  expect(await reader.ended()).toEqual(WHOLE);
  expect(await stored("restarted")).toEqual(WHOLE);
});

test("when the message server loses its store, jobs go on and their readers are told what is gone", async () => {
  const go = join(cluster.home, "go");
  await cluster.submit({
    job_id: "wiped",
    command: ["sh", "-c", `echo before; until [ -e ${go} ]; do sleep 0.02; done; echo after`],
  });
  await cluster.reaches("wiped", "RUNNING");
  const reader = startHodei(cluster, "jobs", "logs", "-f", "wiped");
  let seen = "";
  reader.stdout.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await waitFor("the first line", () => seen === "before\n");
  await cluster.nats.wipeStore();
  await cluster.nats.restart();
  writeFileSync(go, "");
  await cluster.reaches("wiped", "SUCCEEDED");
  expect(await reader.ended).toEqual({ code: 0, stderr: "" });
  expect(seen).toBe("before\nafter\n");
  expect(await runHodei(cluster, "jobs", "logs", "wiped")).toEqual({
    code: 0,
    stdout: "after\n",
    stderr: "… 7 bytes of stdout are no longer kept\n",
  });
  expect(await runHodei(cluster, "jobs", "logs", "killed")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("the log of job killed is no longer kept"),
  });
});

test("a loud job pushes out its own oldest lines and nobody else's, and its reader is told how many bytes", async () => {
  await cluster.service("provisioner").kill("SIGTERM");
  await cluster.start("provisioner", { HODEI_JOB_LOG_MAX_BYTES: "1Mi" });
  await cluster.submit({ job_id: "quiet", command: ["echo", "still here"] });
  await cluster.reaches("quiet", "SUCCEEDED");
  await cluster.submit({ job_id: "loud", command: ["seq", "1", "1000000"] });
  await cluster.reaches("loud", "SUCCEEDED");
  const { stdout, stderr } = await runHodei(cluster, "jobs", "logs", "loud");
  const [, missing] = /^… (\d+) bytes of stdout are no longer kept\n$/.exec(stderr) ?? [];
  expect(Number(missing) + stdout.length).toBe(6_888_896);
  expect(stdout.length).toBeLessThan(2 ** 21);
  expect(stdout).toMatch(/\n999999\n1000000\n$/);
  expect(await runHodei(cluster, "jobs", "logs", "quiet")).toMatchObject({ stdout: "still here\n" });
});
