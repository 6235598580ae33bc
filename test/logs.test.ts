import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runHodei, startHodei } from "./hodei-cli.ts";

const KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\nshort\n-----END KEY-----";
/** Tests write a lot; two cores may be busy with something else. */
const PATIENCE_MS = 120_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster({
    env: { HODEI_SECRET_TOKEN: "s3cr3t-value-of-the-token", HODEI_SECRET_KEY: KEY },
  });
  await cluster.addProvider({ name: "local", provider_type: "process", max_workers: 20 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const start = (...args: string[]) => startHodei(cluster, ...args);
const hodei = (...args: string[]) => runHodei(cluster, ...args);
const shell = (job_id: string, script: string, more: object = {}) => ({
  job_id,
  command: ["sh", "-c", script],
  ...more,
});
const gate = (name: string) => join(cluster.home, name);
const untilGo = (name: string) => `until [ -e ${gate(name)} ]; do sleep 0.02; done`;
const go = (name: string) => writeFileSync(gate(name), "");

async function storedOutput(jobId: string): Promise<string> {
  let output = "";
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const piece of cluster.bus.readJobLogs(jobId, { follow: false, signal })) output += piece.text;
  return output;
}

test("a million lines come out as a million lines, in order, each once", async () => {
  const { code, stdout } = await hodei("run", "--", "seq", "1", "1000000");
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines).toHaveLength(1_000_001);
  expect(lines.findIndex((line, i) => line !== String(i + 1))).toBe(1_000_000);
});

test("stdout and stderr stay apart, and a line longer than a message comes out in one", async () => {
  const long = 200_000;
  await cluster.submit(
    shell("apart", `head -c ${long} /dev/zero | tr '\\0' x; echo; echo oops >&2; printf 'no newline'`),
  );
  await cluster.reaches("apart", "SUCCEEDED");
  expect(await hodei("jobs", "logs", "apart")).toEqual({
    code: 0,
    stdout: `${"x".repeat(long)}\nno newline`,
    stderr: "oops\n",
  });
  expect(await hodei("jobs", "logs", "apart", "--stream", "stderr")).toEqual({ code: 0, stdout: "", stderr: "oops\n" });
});

test("the attempts of a job are shown in order under their headings, or one of them alone", async () => {
  await cluster.submit(
    shell("tries", "echo try $HODEI_ATTEMPT; exit 1", { retry: { max_attempts: 2, backoff_seconds: 0 } }),
  );
  await cluster.reaches("tries", "FAILED");
  expect(await hodei("jobs", "logs", "tries")).toMatchObject({
    stdout: "try 1\ntry 2\n",
    stderr: "── attempt 1 ──\n── attempt 2 ──\n",
  });
  expect(await hodei("jobs", "logs", "tries", "--attempt", "2")).toMatchObject({ stdout: "try 2\n" });
  expect(await hodei("jobs", "logs", "tries", "--attempt", "3")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("job tries had 2 attempts"),
  });
});

test("the last lines, times and JSON are to be had", async () => {
  await cluster.submit(shell("counted", "seq 1 5000; echo err >&2"));
  await cluster.reaches("counted", "SUCCEEDED");
  expect(await hodei("jobs", "logs", "counted", "--tail", "2", "--stream", "stdout")).toMatchObject({
    stdout: "4999\n5000\n",
  });
  const [line = ""] = (
    await hodei("jobs", "logs", "counted", "--tail", "1", "--stream", "stderr", "--json")
  ).stdout.split("\n");
  expect(JSON.parse(line)).toEqual({
    job_id: "counted",
    attempt: 1,
    stream: "stderr",
    at: expect.stringMatching(/^\d{4}-/),
    line: "err",
  });
  expect((await hodei("jobs", "logs", "counted", "--timestamps", "--stream", "stderr")).stderr).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z err\n$/,
  );
});

test("a follower waits for a job that has not started, sees each line as it is written, and ends with it", async () => {
  await cluster.addProvider({
    name: "later",
    provider_type: "process",
    max_workers: 0,
    required_labels: { pool: "later" },
  });
  await cluster.submit(
    shell("followed", `echo one; ${untilGo("follow")}; echo two`, { required_labels: { pool: "later" } }),
  );
  await cluster.reaches("followed", "PENDING");
  expect(await hodei("jobs", "logs", "followed")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("job followed waits and has not started"),
  });
  const follower = start("jobs", "logs", "-f", "followed");
  let seen = "";
  follower.stdout.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await cluster.database.query("UPDATE provider_configs SET max_workers = 1 WHERE name = 'later'");
  await waitFor("the first line while it runs", () => seen === "one\n");
  go("follow");
  const { code } = await follower.ended;
  expect([code, seen]).toEqual([0, "one\ntwo\n"]);
});

test("a slow reader gets all of it", async () => {
  await cluster.submit(shell("slow", "seq 1 300000"));
  await cluster.reaches("slow", "SUCCEEDED");
  const { stdout } = start("jobs", "logs", "slow");
  await once(stdout, "readable");
  // Nothing is taken out of the pipe until all of it has been stored and read by somebody else.
  const stored = await storedOutput("slow");
  expect(await text(stdout)).toBe(stored);
});

test("a reader that wants no more ends it quietly", async () => {
  await cluster.submit(shell("piped", "seq 1 300000"));
  await cluster.reaches("piped", "SUCCEEDED");
  const { stdout, ended } = start("jobs", "logs", "piped");
  stdout.once("data", () => stdout.destroy());
  expect(await ended).toEqual({ code: 0, stderr: "" });
});

test("silence has its reason: an unknown job, one that wrote nothing, wrong words", async () => {
  expect(await hodei("jobs", "logs", "nobody")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is no job nobody"),
  });
  await cluster.submit(shell("silent", "true"));
  await cluster.reaches("silent", "SUCCEEDED");
  expect(await hodei("jobs", "logs", "silent")).toEqual({ code: 0, stdout: "", stderr: "job silent wrote nothing\n" });
  expect(await hodei("jobs", "logs", "silent", "--stream", "out")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--stream out: write one of stdout, stderr, system"),
  });
});

test("a secret is masked wherever it stands: cut by a long line, line by line, in base64", async () => {
  const script = [
    'echo "token $TOKEN"',
    'echo "$KEY"',
    'printf "user:%s" "$TOKEN" | base64 -w0; echo',
    `head -c 65530 /dev/zero | tr '\\0' x; echo "$TOKEN and more"`,
  ].join("; ");
  const secrets = { TOKEN: "env:HODEI_SECRET_TOKEN", KEY: "env:HODEI_SECRET_KEY" };
  await cluster.submit(shell("secretive", script, { secrets }));
  await cluster.reaches("secretive", "SUCCEEDED");
  const output = await storedOutput("secretive");
  expect(output).not.toContain("s3cr3t");
  expect(output).not.toContain("MIIEp");
  expect(output).not.toContain(Buffer.from("s3cr3t-value").toString("base64").slice(0, 12));
  expect(output.split("\n")[0]).toBe("token ***");
  expect(output).toMatch(/x\*\*\* and more\n$/);
});
