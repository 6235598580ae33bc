import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchCluster, openBenchCluster } from "../cluster/bench-cluster.ts";
import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { type Finals, hearFinals } from "../cluster/hear-finals.ts";
import { peakMemoryMb } from "../cluster/memory.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { Measure, WorkloadResult } from "../result.ts";

const LOUD_MB = 200;
const QUIET_JOBS = 40;
const PATIENCE_MS = 120_000;
const LINE = "2026-01-01T00:00:00.000Z info an ordinary line of a log, of about a hundred characters, with 'quotes'";

/** One job writes 200 MB through one provisioner; meanwhile other jobs start, one after the other. */
export async function logs(say: (line: string) => void): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await cluster.addProviders([{ name: "local", config: { type: "process" }, maxWorkers: 10 }]);
  const directory = await mkdtemp(join(tmpdir(), "hodei-logs-"));
  const finals = hearFinals(cluster.nats);
  try {
    const alone = await startQuietJobs(cluster, finals, directory, "alone");
    const before = cpuSeconds(cluster.pids);
    const memoryBefore = peakMemoryMb(cluster.pids.get("provisioner") ?? 0);
    const loud = hearLog(cluster, "loud");
    const begun = performance.now();
    await submit(cluster, "loud", ["sh", "-c", `yes "${LINE}" | head -c ${LOUD_MB * 1e6}`]);
    const beside = await startQuietJobs(cluster, finals, directory, "beside", loud.hasEnded);
    const bytes = await loud.ended;
    const seconds = (performance.now() - begun) / 1000;
    await finals.next(1, PATIENCE_MS);
    const after = cpuSeconds(cluster.pids);
    if (bytes !== LOUD_MB * 1e6) throw new Error(`${bytes} bytes of ${LOUD_MB * 1e6} came through`);
    const cpu = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    say(`${Math.round(LOUD_MB / seconds)} MB/s, ${beside.length} other jobs meanwhile`);
    return {
      workload: "logs",
      settings: {
        log: `${LOUD_MB} MB of one job, lines of ${LINE.length + 1} bytes`,
        provider: "process",
        readers: "1, live",
        provisioners: 1,
        JetStream: "file storage",
      },
      measures: [
        { name: "submit → last line published", value: LOUD_MB / seconds, unit: "MB/s", beside: "aim ≥ 50" },
        { name: "CPU of provisioner", value: cpu("provisioner"), unit: "s" },
        { name: "CPU of nats", value: cpu("nats"), unit: "s" },
        {
          name: "peak memory of provisioner",
          value: peakMemoryMb(cluster.pids.get("provisioner") ?? 0),
          unit: "MB",
          beside: `${Math.round(memoryBefore)} before`,
        },
        ...percentilesOf("publish → started, of other jobs meanwhile", beside),
        ...percentilesOf("the same with no loud job", alone),
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface HeardLog {
  /** Resolves with the bytes its worker wrote. */
  ended: Promise<number>;
  hasEnded: () => boolean;
}

/** Reads only what it must of each message, so that what is measured is not the listener. */
function hearLog({ nats }: BenchCluster, jobId: string): HeardLog {
  const ended = Promise.withResolvers<number>();
  let isOver = false;
  let bytes = 0;
  nats.subscribe(`job.log.${jobId}`, {
    callback: (_error, message) => {
      const head = Buffer.from(message.data.subarray(0, 300)).toString("latin1");
      bytes += Number(/"bytes":(\d+)/.exec(head)?.[1] ?? 0);
      if (!head.includes('"ended":true')) return;
      isOver = true;
      ended.resolve(bytes);
    },
  });
  return { ended: ended.promise, hasEnded: () => isOver };
}

async function submit({ nats }: BenchCluster, id: string, command: readonly string[]): Promise<void> {
  await publishPipelined(nats, "job.submitted", [JSON.stringify({ job_id: id, command })]);
}

/** Starts jobs one after the other. @returns milliseconds from each one's publish to its worker's first act */
async function startQuietJobs(
  cluster: BenchCluster,
  finals: Finals,
  directory: string,
  name: string,
  isOver: () => boolean = () => false,
): Promise<number[]> {
  const started: number[] = [];
  for (let i = 0; i < QUIET_JOBS && !isOver(); i += 1) {
    const file = join(directory, `${name}-${i}`);
    const begun = performance.timeOrigin + performance.now();
    await Promise.all([
      submit(cluster, `${name}-${i}`, ["sh", "-c", `date +%s%N > ${file}`]),
      finals.next(1, PATIENCE_MS),
    ]);
    // It may have been the loud one that ended.
    if (isOver()) break;
    started.push(Number(await readFile(file, "utf8")) / 1e6 - begun);
  }
  return started;
}

function percentilesOf(name: string, samples: readonly number[]): Measure[] {
  const sorted = Float64Array.from(samples);
  const of = `of ${samples.length}`;
  return [
    { name: `${name}, p50`, value: percentile(sorted, 0.5), unit: "ms", beside: of },
    { name: `${name}, p99`, value: percentile(sorted, 0.99), unit: "ms", beside: of },
  ];
}
