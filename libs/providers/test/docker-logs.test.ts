import { execFile, execFileSync } from "node:child_process";
import { testImage, waitFor } from "@hodei/testing";
import { afterAll, expect, test } from "vitest";
import { followExits } from "../src/conformance/follow-exits.ts";
import { collect, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import type { LogPosition, Provider } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const context = adapterContext("/nonexistent");
const config = { type: "docker", default_image: testImage(), network: "none" };
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const signal = () => AbortSignal.timeout(110_000);

afterAll(() => {
  const left = docker("ps", "-aq", "--filter", `label=hodei.dev/cluster=${context.clusterId}`);
  if (left) docker("rm", "-f", ...left.split("\n"));
});

/** Reads a worker's output, counting lines of `seq`; the numbers that did not follow on the one before are kept. */
async function readNumbers(
  provider: Provider,
  name: string,
  position: LogPosition = {},
  onLine: (line: number) => void = () => undefined,
) {
  let rest = "";
  let last = 0;
  let bytes = 0;
  const jumps: { from: number; to: number }[] = [];
  for await (const { text, stream } of provider.logs(name, position, signal())) {
    if (stream !== "stdout") continue;
    bytes += text.length;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (Number(line) !== last + 1) jumps.push({ from: last, to: Number(line) });
      last = Number(line);
      onLine(last);
    }
  }
  return { last, jumps, bytes };
}

test("output that goes through many log files while it is followed arrives whole", { timeout: 120_000 }, async () => {
  await using provider = await openProvider("docker", { ...config, log_limit: "6Mi" }, context);
  const exits = followExits(provider);
  // Some 12 MB as the engine writes it down, each twelfth half a file, when the one before has been read.
  const script =
    "i=0; while [ $i -lt 12 ]; do seq $((i*30000+1)) $((i*30000+30000)); i=$((i+1)); until [ -e /tmp/$i ]; do sleep 0.05; done; done";
  const lines: string[] = [];
  const worker = { ...workerOf(["sh", "-c", script]), progress: (line: string) => void lines.push(line) };
  await provider.start(worker, signal());
  const goOn = (line: number) => {
    if (line % 30_000 === 0) execFile("docker", ["exec", worker.name, "sh", "-c", `: > /tmp/${line / 30_000}`]);
  };
  const { last, jumps } = await readNumbers(provider, worker.name, {}, goOn);
  expect({ last, jumps, lines }).toEqual({ last: 360_000, jumps: [], lines: [] });
  await exits.of(worker.name);
  await provider.remove(worker.name);
  await exits.close();
});

test("output that the engine dropped before anybody read it is told as missing, never passed over", {
  timeout: 120_000,
}, async () => {
  await using provider = await openProvider("docker", { ...config, log_limit: "3Mi" }, context);
  const exits = followExits(provider);
  const lines: string[] = [];
  const worker = {
    ...workerOf(["sh", "-c", "seq 1 200000; until [ -e /tmp/go ]; do sleep 0.05; done; echo 200001"]),
    progress: (line: string) => void lines.push(line),
  };
  await provider.start(worker, signal());
  await waitFor("the output to be written", () => docker("logs", "--tail", "1", worker.name) === "200000");
  // As one that adopts it and knows that the first 98 bytes were read.
  const reading = readNumbers(provider, worker.name, { stdout: 98 });
  await waitFor("it to be told", () => lines.length > 0);
  docker("exec", worker.name, "sh", "-c", ": > /tmp/go");
  const { last, jumps } = await reading;
  expect({ last, jumps }).toEqual({ last: 200_001, jumps: [{ from: 0, to: expect.any(Number) }] });
  expect(lines).toEqual([expect.stringContaining("output may be missing here")]);
  await exits.of(worker.name);
  await provider.remove(worker.name);
  await exits.close();
});

test("50 MB of output arrive whole, in bounded memory", { timeout: 120_000 }, async () => {
  await using provider = await openProvider("docker", config, context);
  const exits = followExits(provider);
  const line = "a line of output that is some eighty characters long, as lines of logs are in practice";
  const worker = workerOf(["sh", "-c", `yes "${line}" | head -c 50000000`]);
  await provider.start(worker, signal());
  const before = process.memoryUsage().rss;
  let [bytes, highest] = [0, 0];
  for await (const chunk of provider.logs(worker.name, {}, signal())) {
    bytes += chunk.bytes;
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  expect(bytes).toBe(50_000_000);
  expect((highest - before) / 2 ** 20).toBeLessThan(200);
  await exits.of(worker.name);
  await provider.remove(worker.name);
  await exits.close();
});

test("stdout and stderr keep their order, and a last line without an end is not lost", async () => {
  await using provider = await openProvider("docker", config, context);
  const exits = followExits(provider);
  const script = "for i in 1 2 3; do echo out $i; sleep 0.1; echo err $i >&2; sleep 0.1; done; printf rest";
  const worker = workerOf(["sh", "-c", script]);
  await provider.start(worker, signal());
  const chunks = await collect(provider.logs(worker.name, {}, signal()));
  expect(chunks.map(({ text }) => text).join("")).toBe("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\nrest");
  expect(textOf(await collect(provider.logs(worker.name, { stdout: 6 }, signal())), "stdout")).toBe(
    "out 2\nout 3\nrest",
  );
  await exits.of(worker.name);
  await provider.remove(worker.name);
  await exits.close();
});
