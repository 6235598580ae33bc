import type { NatsConnection } from "nats";
import { type BenchCluster, openBenchCluster } from "../cluster/bench-cluster.ts";
import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { peakMemoryMb, residentMb } from "../cluster/memory.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { WorkloadResult } from "../result.ts";

const JOBS = 100_000;
const CLASSES = 10;
/** Each class has a provider of its own with one slot, so that each end frees exactly what one job waits for. */
const RUN_TIME_MS = 400;
const FREED = 500;
const WARM = 50;
const PATIENCE_MS = 240_000;

/** 100,000 jobs wait in 10 classes; a slot is freed → the next job's worker has started. */
export async function waiting(say: (line: string) => void): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await cluster.addProviders(
    Array.from({ length: CLASSES }, (_, i) => ({
      name: `class-${i}`,
      config: { type: "simulated", run_time_ms: RUN_TIME_MS },
      maxWorkers: 0,
    })),
  );
  await cluster.db.query(`UPDATE provider_configs SET required_labels = jsonb_build_object('class', substr(name, 7))`);
  const bodies = Array.from({ length: JOBS }, (_, i) =>
    JSON.stringify({
      job_id: `waiting-${i}`,
      command: ["true"],
      priority: i % 3,
      required_labels: { class: String(i % CLASSES) },
    }),
  );
  say(`${JOBS.toLocaleString("en")} jobs …`);
  await publishPipelined(cluster.nats, "job.submitted", bodies);
  await until(cluster, `SELECT count(*) >= ${JOBS} AS done FROM jobs WHERE state = 'PENDING'`);
  await cluster.db.query("VACUUM ANALYZE jobs");
  const selector = cluster.pids.get("selector") ?? 0;
  const before = cpuSeconds(new Map([["selector", selector]])).get("selector") ?? 0;
  say(`they wait; now ${FREED} slots are freed, one by one …`);
  const gaps = hearGaps(cluster.nats, WARM + FREED);
  await cluster.db.query("UPDATE provider_configs SET max_workers = 1");
  const samples = Float64Array.from((await gaps).slice(WARM));
  const used = (cpuSeconds(new Map([["selector", selector]])).get("selector") ?? 0) - before;
  return {
    workload: "waiting",
    settings: {
      "waiting jobs": JOBS.toLocaleString("en"),
      classes: CLASSES,
      "slots freed": `${FREED}, one by one`,
      provider: `simulated, ${RUN_TIME_MS} ms a job`,
      PostgreSQL: `${cluster.databaseVersion}, fsync on`,
      JetStream: "file storage",
    },
    measures: [
      {
        name: "slot freed → next worker started, p50",
        value: percentile(samples, 0.5),
        unit: "ms",
        beside: "aim ≤ 10",
      },
      { name: "slot freed → next worker started, p99", value: percentile(samples, 0.99), unit: "ms" },
      { name: "CPU of the selector", value: (used * 1_000) / (WARM + FREED), unit: "ms per slot freed" },
      { name: "memory of the selector", value: residentMb(selector), unit: "MB", beside: "aim ≤ 200" },
      { name: "most memory of the selector", value: peakMemoryMb(selector), unit: "MB" },
    ],
  };
}

interface Report {
  job_id: string;
  state: string;
  at: string;
  started_at?: string;
}

/** Milliseconds from each end of a worker to the start of the next of its class, by the provisioner's own times. */
function hearGaps(nats: NatsConnection, wanted: number): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const gaps: number[] = [];
  const endedAt = new Map<number, number>();
  const subscription = nats.subscribe("worker.status.*", {
    callback: (_error, message) => {
      for (const { job_id, state, at } of message.json<{ items: Report[] }>().items) {
        const own = Number(job_id.split("-")[1]) % CLASSES;
        if (state === "EXITED") endedAt.set(own, Date.parse(at));
        const ended = endedAt.get(own);
        if (state !== "RUNNING" || ended === undefined) continue;
        endedAt.delete(own);
        gaps.push(Date.parse(at) - ended);
      }
      if (gaps.length >= wanted) resolve(gaps);
    },
  });
  const late = setTimeout(() => reject(new Error(`${gaps.length} of ${wanted} slots were taken again`)), PATIENCE_MS);
  return promise.finally(() => {
    clearTimeout(late);
    subscription.unsubscribe();
  });
}

async function until({ db }: BenchCluster, question: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; ) {
    const { rows } = await db.query<{ done: boolean }>(question);
    if (rows[0]?.done) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`gave up waiting for: ${question}`);
}
