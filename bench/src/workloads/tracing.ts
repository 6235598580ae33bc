import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openBenchCluster } from "../cluster/bench-cluster.ts";
import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { hearFinals } from "../cluster/hear-finals.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { WorkloadResult } from "../result.ts";

const JOBS = 10_000;
const WARM_JOBS = 5_000;
const ROUNDS = 5;
const PATIENCE_MS = 120_000;
/** One job in so many is recorded. */
const EVERY = 10;
const SERVICES = ["registry", "selector", "health", "provisioner"];
const SINK = fileURLToPath(new URL("../cluster/span-sink.ts", import.meta.url));

interface Round {
  rate: number;
  /** CPU seconds of the four services. */
  cpu: number;
}

/** What traces cost: the same cluster with tracing on, none of the jobs recorded and a tenth of them, in turns. */
export async function tracing(say: (line: string) => void): Promise<WorkloadResult> {
  await using sink = await openSink();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint;
  // The publisher decides; what it does not mark is not recorded.
  process.env["OTEL_TRACES_SAMPLER"] = "parentbased_always_off";
  await using cluster = await openBenchCluster(say);
  await cluster.addProviders(
    Array.from({ length: 10 }, (_, i) => ({
      name: `simulated-${i}`,
      config: { type: "simulated" },
      maxWorkers: 5_000,
    })),
  );
  const finals = hearFinals(cluster.nats);

  async function run(name: string, count: number, every: number): Promise<Round> {
    const bodies = Array.from({ length: count }, (_, i) =>
      JSON.stringify({ job_id: `${name}-${i}`, command: ["true"], metadata: { round: name } }),
    );
    const usedBefore = used();
    const begun = performance.now();
    const finished = finals.next(count, PATIENCE_MS);
    const traceparentOf = (i: number) => (i % every === 0 ? newTraceparent() : undefined);
    await Promise.all([publishPipelined(cluster.nats, "job.submitted", bodies, traceparentOf), finished]);
    return { rate: count / ((performance.now() - begun) / 1000), cpu: used() - usedBefore };
  }

  function used(): number {
    const cpu = cpuSeconds(cluster.pids);
    return SERVICES.reduce((sum, service) => sum + (cpu.get(service) ?? 0), 0);
  }

  await run("warm", WARM_JOBS, EVERY);
  const none: Round[] = [];
  const tenth: Round[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    none.push(await run(`none-${i}`, JOBS, Number.POSITIVE_INFINITY));
    tenth.push(await run(`tenth-${i}`, JOBS, EVERY));
    say(
      `round ${i + 1}: ${Math.round(none[i]?.rate ?? 0)} jobs/s with none, ${Math.round(tenth[i]?.rate ?? 0)} with a tenth recorded`,
    );
  }
  if (finals.failures > 0) throw new Error(`${finals.failures} jobs did not succeed`);
  const received = await sink.stop();
  const recorded = ROUNDS * (JOBS / EVERY) + WARM_JOBS / EVERY;
  const [rateOfNone, rateOfTenth] = [median(none, "rate"), median(tenth, "rate")];
  return {
    workload: "tracing",
    settings: {
      jobs: JOBS,
      rounds: `${ROUNDS} each, in turns, median`,
      protocol: "OTLP, http/protobuf, to a collector on the same machine that does nothing",
    },
    measures: [
      { name: "none recorded", value: rateOfNone, unit: "jobs/s", beside: rangeOf(none) },
      { name: "a tenth recorded", value: rateOfTenth, unit: "jobs/s", beside: rangeOf(tenth) },
      { name: "throughput lost", value: (1 - rateOfTenth / rateOfNone) * 100, unit: "%", beside: "aim < 10" },
      { name: "CPU of the services, none", value: (median(none, "cpu") / JOBS) * 1000, unit: "s per 1,000 jobs" },
      { name: "CPU of the services, a tenth", value: (median(tenth, "cpu") / JOBS) * 1000, unit: "s per 1,000 jobs" },
      { name: "sent for each recorded job", value: received.bytes / recorded, unit: "bytes" },
    ],
  };
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}

function median(rounds: readonly Round[], measure: keyof Round): number {
  return percentile(
    Float64Array.from(rounds, (round) => round[measure]),
    0.5,
  );
}

function rangeOf(rounds: readonly Round[]): string {
  const rates = rounds.map(({ rate }) => Math.round(rate));
  return `${Math.min(...rates)}–${Math.max(...rates)}`;
}

async function openSink() {
  const child = spawn(process.execPath, [SINK], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, "line")) as [string];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** What came in all. */
    async stop() {
      const last = once(lines, "line") as Promise<[string]>;
      child.stdin.end();
      return JSON.parse((await last)[0]) as { requests: number; bytes: number };
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
