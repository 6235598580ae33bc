import { classKey, type Decision, makeFleet } from "@hodei/placement";
import { percentile } from "../percentile.ts";
import type { Measure, WorkloadResult } from "../result.ts";
import { mixedFleet, mixedJobs } from "./mixed-fleet.ts";

const AMOUNTS = { cpuMillis: 250, memoryBytes: 128 * 2 ** 20, gpu: 0 };
const WARM_MS = 300;
const MEASURED_MS = 2_000;
/** Per decision the clock is asked too, so at most so many are timed one by one. */
const SAMPLES = 200_000;
/** So many workers live at once beside the load that the fleet starts with; from then on each decision is followed by a release. */
const LIVE = 64;

const AIMS: Readonly<Record<number, { rate: string; p99: string }>> = {
  1000: { rate: "aim ≥ 300,000", p99: "aim < 200" },
  10000: { rate: "aim ≥ 100,000", p99: "aim < 1,000" },
};

/** Decisions on one core: decide, reserve, and a release for each worker that has ended. */
export async function placement(say: (line: string) => void): Promise<WorkloadResult> {
  const measures: Measure[] = [];
  for (const count of [10, 1_000, 10_000]) {
    say(`${count} providers …`);
    const { rate, p50, p99 } = measure(count);
    const name = `${count.toLocaleString("en")} providers`;
    const aim = AIMS[count];
    measures.push({ name, value: rate, unit: "decisions/s", ...(aim && { beside: aim.rate }) });
    measures.push({ name: `${name}, p50`, value: p50, unit: "µs" });
    measures.push({ name: `${name}, p99`, value: p99, unit: "µs", ...(aim && { beside: aim.p99 }) });
  }
  return { workload: "placement", settings: { "requirement classes": 10, "live workers": LIVE, threads: 1 }, measures };
}

function measure(count: number): { rate: number; p50: number; p99: number } {
  const fleet = makeFleet(mixedFleet(count));
  const jobs = mixedJobs().map((requirements) => ({ requirements, key: classKey(requirements) }));
  const live: string[] = [];
  let next = 0;
  const decide = (): Decision => {
    const job = jobs[next++ % jobs.length];
    if (!job) throw new Error("there are no jobs to decide on");
    const { requirements, key } = job;
    const decision = fleet.decide(requirements, key);
    if (decision.placed) {
      fleet.reserve(decision.providerId, AMOUNTS);
      live.push(decision.providerId);
    }
    if (live.length > LIVE) fleet.release(live.splice(next % LIVE, 1)[0] ?? "", AMOUNTS);
    return decision;
  };
  for (const end = performance.now() + WARM_MS; performance.now() < end; ) decide();

  let decisions = 0;
  const begun = performance.now();
  let elapsed = 0;
  while (elapsed < MEASURED_MS) {
    const chunk = count <= 1_000 ? 64 : 8;
    for (let i = 0; i < chunk; i += 1) decide();
    decisions += chunk;
    elapsed = performance.now() - begun;
  }

  const times: number[] = [];
  for (const end = performance.now() + MEASURED_MS; performance.now() < end && times.length < SAMPLES; ) {
    const before = performance.now();
    decide();
    times.push((performance.now() - before) * 1_000);
  }
  const samples = Float64Array.from(times);
  return { rate: (decisions / elapsed) * 1_000, p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}
