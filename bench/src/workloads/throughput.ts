import { type BenchCluster, openBenchCluster } from "../cluster/bench-cluster.ts";
import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { type Finals, hearFinals } from "../cluster/hear-finals.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { Measure, WorkloadResult } from "../result.ts";

const JOBS = 20_000;
const WARM_JOBS = 5_000;
const ROUNDS = 3;
const PROVIDERS = 10;
const MAX_WORKERS = 5_000;
const PATIENCE_MS = 120_000;
const FLOOR = 3_000;

interface Round {
  rate: number;
  /** CPU seconds of each process. */
  cpu: Map<string, number>;
}

/** Jobs submitted → finished by providers that run nothing: what Hodei itself costs. */
export async function throughput(say: (line: string) => void): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await cluster.addProviders(
    Array.from({ length: PROVIDERS }, (_, i) => ({
      name: `simulated-${i}`,
      config: { type: "simulated" },
      maxWorkers: MAX_WORKERS,
    })),
  );
  const finals = hearFinals(cluster.nats);
  await runRound(cluster, finals, "warm", WARM_JOBS);
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const round = await runRound(cluster, finals, `round-${i}`, JOBS);
    say(`round ${i + 1}: ${Math.round(round.rate)} jobs/s`);
    rounds.push(round);
  }
  await check(cluster, finals);
  return {
    workload: "throughput",
    settings: {
      jobs: JOBS,
      rounds: `${ROUNDS}, median`,
      providers: `${PROVIDERS} simulated, ${MAX_WORKERS} slots each`,
      services: "1 process each",
      PostgreSQL: `${cluster.databaseVersion}, fsync on`,
      JetStream: "file storage",
    },
    measures: measuresOf(rounds),
  };
}

async function runRound(cluster: BenchCluster, finals: Finals, name: string, count: number): Promise<Round> {
  const bodies = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ job_id: `${name}-${i}`, command: ["true"], metadata: { round: name } }),
  );
  const before = cpuSeconds(cluster.pids);
  const begun = performance.now();
  const finished = finals.next(count, PATIENCE_MS);
  await Promise.all([publishPipelined(cluster.nats, "job.submitted", bodies), finished]);
  const seconds = (performance.now() - begun) / 1000;
  const after = cpuSeconds(cluster.pids);
  return {
    rate: count / seconds,
    cpu: new Map([...after].map(([process, used]) => [process, used - (before.get(process) ?? 0)])),
  };
}

/** A fast wrong answer is none: every job has its final row, and no slot is left taken. */
async function check({ db }: BenchCluster, finals: Finals): Promise<void> {
  const { rows } = await db.query<{ succeeded: number; taken: number }>(
    `SELECT (SELECT count(*)::int FROM jobs WHERE state = 'SUCCEEDED') AS succeeded,
            (SELECT coalesce(sum(active_workers), 0)::int FROM provider_configs) AS taken`,
  );
  const expected = WARM_JOBS + ROUNDS * JOBS;
  if (rows[0]?.succeeded !== expected || rows[0].taken !== 0 || finals.failures > 0) {
    throw new Error(
      `${rows[0]?.succeeded} of ${expected} jobs succeeded, ${rows[0]?.taken} slots are still taken, ${finals.failures} failures`,
    );
  }
}

function measuresOf(rounds: readonly Round[]): Measure[] {
  const rates = Float64Array.from(rounds, (round) => round.rate);
  const names = [...(rounds[0]?.cpu.keys() ?? [])];
  const perThousand = (round: Round, name: string) => ((round.cpu.get(name) ?? 0) / JOBS) * 1000;
  const cpu = names.map((name) => ({
    name,
    value: percentile(
      Float64Array.from(rounds, (round) => perThousand(round, name)),
      0.5,
    ),
  }));
  return [
    {
      name: "submit → finished",
      value: percentile(rates, 0.5),
      unit: "jobs/s",
      beside: `floor ${FLOOR.toLocaleString("en")}; ${rangeOf(rates)}`,
    },
    ...cpu.map(({ name, value }) => ({ name: `CPU of ${name}`, value, unit: "s per 1,000 jobs" })),
    { name: "CPU of all", value: cpu.reduce((sum, { value }) => sum + value, 0), unit: "s per 1,000 jobs" },
  ];
}

function rangeOf(values: Float64Array): string {
  return `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`;
}
