import { addFinishedJobs } from "../cluster/add-finished-jobs.ts";
import { openBenchCluster } from "../cluster/bench-cluster.ts";
import type { Contender } from "../contenders/contender.ts";
import { addSimulatedProviders, openHodei } from "../contenders/hodei.ts";
import type { RunOptions } from "../options.ts";
import type { WorkloadResult } from "../result.ts";
import { medianOf, rangeOf } from "../spread.ts";
import { drainOnce } from "./drain.ts";

const JOBS = 20_000;
const WARM_JOBS = 3_000;
const PATIENCE_MS = 60_000;

/** The rate with many finished jobs in the database, beside that with none. */
export async function retained(
  say: (line: string) => void,
  { rounds, finishedJobs }: RunOptions,
): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await addSimulatedProviders(cluster);
  const hodei = await openHodei(cluster);
  const without = await ratesOf(hodei, rounds);
  say(`with none: ${without.map(Math.round).join(", ")} jobs/s`);
  const begun = performance.now();
  const bytes = await addFinishedJobs(cluster.db, finishedJobs);
  say(`${finishedJobs} finished jobs written in ${Math.round((performance.now() - begun) / 1000)} s`);
  const many = await ratesOf(hodei, rounds);
  say(`with ${finishedJobs}: ${many.map(Math.round).join(", ")} jobs/s`);
  return {
    workload: "retained",
    settings: {
      jobs: `${JOBS}, as in drain`,
      rounds: `${rounds}, median, first with none, then with all`,
      "finished jobs": `${finishedJobs}, of the day before, one worker each, ${Math.round(bytes / 2 ** 20)} MiB with indexes`,
      PostgreSQL: `${cluster.databaseVersion}, fsync on`,
      JetStream: "file storage",
    },
    measures: [
      { name: "with none", value: medianOf(without), unit: "jobs/s", beside: rangeOf(without) },
      { name: "with all", value: medianOf(many), unit: "jobs/s", beside: rangeOf(many) },
      { name: "with all ÷ with none", value: medianOf(many) / medianOf(without), unit: "×", beside: "aim ≥ 0.9" },
    ],
  };
}

async function ratesOf(contender: Contender, rounds: number): Promise<number[]> {
  await drainOnce(contender, WARM_JOBS, PATIENCE_MS);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) rates.push((await drainOnce(contender, JOBS, PATIENCE_MS)).rate);
  return rates;
}
