import { openBenchCluster } from "../cluster/bench-cluster.ts";
import { type ExtraService, startExtraService } from "../cluster/start-extra-service.ts";
import { addSimulatedProviders, openHodei } from "../contenders/hodei.ts";
import type { RunOptions } from "../options.ts";
import type { WorkloadResult } from "../result.ts";
import { medianOf, rangeOf } from "../spread.ts";
import { drainOnce } from "./drain.ts";

const JOBS = 20_000;
const WARM_JOBS = 3_000;
const PATIENCE_MS = 60_000;
const PROCESSES = [1, 2, 3];

/** The same drain by one, two and three selectors and provisioners, each its own process. */
export async function scaleOut(say: (line: string) => void, { rounds }: RunOptions): Promise<WorkloadResult> {
  await using cluster = await openBenchCluster(say);
  await addSimulatedProviders(cluster);
  const rates = new Map(PROCESSES.map((processes) => [processes, [] as number[]]));
  for (let round = 1; round <= rounds; round += 1) {
    await using stack = new AsyncDisposableStack();
    const more: ExtraService[] = [];
    for (const [processes, taken] of rates) {
      if (processes > 1)
        for (const service of ["selector", "provisioner"] as const)
          more.push(stack.use(await startExtraService(cluster, service, processes)));
      const contender = await openHodei(cluster, more);
      await drainOnce(contender, WARM_JOBS, PATIENCE_MS);
      const { rate } = await drainOnce(contender, JOBS, PATIENCE_MS);
      say(`round ${round}: ${processes} of each: ${Math.round(rate)} jobs/s`);
      taken.push(rate);
    }
  }
  const single = medianOf(rates.get(1) ?? []);
  return {
    workload: "scale-out",
    settings: {
      jobs: `${JOBS}, as in drain`,
      rounds: `${rounds}, median`,
      processes: "selectors and provisioners, of one registry and one health service",
      PostgreSQL: `${cluster.databaseVersion}, fsync on`,
      JetStream: "file storage",
    },
    measures: [...rates].flatMap(([processes, taken]) => [
      { name: `${processes} of each`, value: medianOf(taken), unit: "jobs/s", beside: rangeOf(taken) },
      ...(processes > 1
        ? [{ name: `${processes} of each ÷ 1`, value: medianOf(taken) / single, unit: "×", beside: "aim ≥ 0.9" }]
        : []),
    ]),
  };
}
