import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBenchCluster } from "../cluster/bench-cluster.ts";
import { type Finals, hearFinals } from "../cluster/hear-finals.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { Measure, WorkloadResult } from "../result.ts";

const JOBS = 200;
const WARM_JOBS = 30;
const PATIENCE_MS = 20_000;

/** The worker's first act is to write down the time, in nanoseconds since 1970. */
const command = (file: string) => ["sh", "-c", `date +%s%N > ${file}`];

/** Publish → worker started, one job at a time, beside the same command started by `spawn` alone in the same run. */
export async function latency(say: (line: string) => void): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await cluster.addProviders([{ name: "local", config: { type: "process" }, maxWorkers: 10 }]);
  const directory = await mkdtemp(join(tmpdir(), "hodei-latency-"));
  const finals = hearFinals(cluster.nats);
  const [started, finished, spawned] = [[] as number[], [] as number[], [] as number[]];
  try {
    for (let i = -WARM_JOBS; i < JOBS; i += 1) {
      const file = join(directory, `started-${i}`);
      const publish = (body: string) => publishPipelined(cluster.nats, "job.submitted", [body]);
      const job = await runJob(publish, finals, `latency-${i + WARM_JOBS}`, file);
      // Side by side, so that both meet the same machine.
      const bare = await runBare(`${file}-bare`);
      if (i < 0) continue;
      started.push(job.startedMs);
      finished.push(job.finishedMs);
      spawned.push(bare);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  if (finals.failures > 0) throw new Error(`${finals.failures} jobs failed`);
  return {
    workload: "latency",
    settings: {
      jobs: `${JOBS}, one at a time`,
      provider: "process",
      PostgreSQL: `${cluster.databaseVersion}, fsync on`,
      JetStream: "file storage",
    },
    measures: [
      ...percentilesOf("publish → worker started", started, { p50: "aim ≤ 3", p99: "aim ≤ 8" }),
      ...percentilesOf("bare spawn → started", spawned),
      ...percentilesOf("publish → finished", finished),
    ],
  };
}

async function runJob(publish: (body: string) => Promise<void>, finals: Finals, id: string, file: string) {
  const body = JSON.stringify({ job_id: id, command: command(file) });
  const ended = finals.next(1, PATIENCE_MS);
  const begun = now();
  await Promise.all([publish(body), ended]);
  return { finishedMs: now() - begun, startedMs: (await timeIn(file)) - begun };
}

async function runBare(file: string): Promise<number> {
  const [program = "", ...args] = command(file);
  const begun = now();
  await once(spawn(program, args, { detached: true, stdio: "ignore" }), "exit");
  return (await timeIn(file)) - begun;
}

/** Milliseconds since 1970, with a fraction. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function timeIn(file: string): Promise<number> {
  return Number(await readFile(file, "utf8")) / 1e6;
}

function percentilesOf(name: string, samples: readonly number[], aims: { p50?: string; p99?: string } = {}): Measure[] {
  const sorted = Float64Array.from(samples);
  return [
    { name: `${name}, p50`, value: percentile(sorted, 0.5), unit: "ms", ...(aims.p50 && { beside: aims.p50 }) },
    { name: `${name}, p99`, value: percentile(sorted, 0.99), unit: "ms", ...(aims.p99 && { beside: aims.p99 }) },
  ];
}
