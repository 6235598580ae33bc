import { classKey, type Decision, type Fleet, type FleetProvider, makeFleet } from "@hodei/placement";
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
/** Decisions between two changes of a provider's configuration, in the fleet that changes. */
const CHANGE_EVERY = 1_000;
/** Classes that nobody asked for before, and jobs that failed somewhere. */
const COLD = 300;

const AIMS: Readonly<Record<number, { rate: string; p99: string }>> = {
  1000: { rate: "aim ≥ 300,000", p99: "aim < 200" },
  10000: { rate: "aim ≥ 100,000", p99: "aim < 1,000" },
};

/** Decisions on one core: decide, reserve, and a release for each worker that has ended. */
export async function placement(say: (line: string) => void): Promise<WorkloadResult> {
  const measures: Measure[] = [];
  for (const count of [10, 1_000, 10_000]) {
    const name = `${count.toLocaleString("en")} providers`;
    const providers = mixedFleet(count);
    say(`${name} …`);
    measures.push(...measure(name, makeFleet(providers), () => undefined, AIMS[count]));
    if (count < 1_000) continue;
    const changing = makeFleet(providers);
    measures.push(...measure(`${name}, one changed in ${CHANGE_EVERY}`, changing, changeOf(changing, providers)));
    measures.push(...measureCold(name, providers));
  }
  return { workload: "placement", settings: { "requirement classes": 10, "live workers": LIVE, threads: 1 }, measures };
}

/** After every so many decisions an operator changes a provider. */
function changeOf(fleet: Fleet, providers: readonly FleetProvider[]): (decisions: number) => void {
  return (decisions) => {
    if (decisions % CHANGE_EVERY !== 0) return;
    const provider = providers[(decisions / CHANGE_EVERY) % providers.length];
    const known = provider && fleet.get(provider.id);
    if (known) fleet.upsert({ ...known, priority: (known.priority + 1) % 4, generation: known.generation + 1 });
  };
}

function measure(
  name: string,
  fleet: Fleet,
  change: (decisions: number) => void,
  aim?: { rate: string; p99: string },
): Measure[] {
  const jobs = mixedJobs().map((requirements) => ({ requirements, key: classKey(requirements) }));
  const live: string[] = [];
  let next = 0;
  const decide = (): Decision => {
    const job = jobs[next++ % jobs.length];
    if (!job) throw new Error("there are no jobs to decide on");
    change(next);
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
    for (let i = 0; i < 64; i += 1) decide();
    decisions += 64;
    elapsed = performance.now() - begun;
  }
  const end = performance.now() + MEASURED_MS;
  const samples = sample((done) => done === SAMPLES || performance.now() >= end, decide);
  return [
    { name, value: (decisions / elapsed) * 1_000, unit: "decisions/s", ...(aim && { beside: aim.rate }) },
    ...percentilesOf(name, samples, aim?.p99),
  ];
}

/** The first decision of a class, and one for a job that failed at the provider it would be given. */
function measureCold(name: string, providers: readonly FleetProvider[]): Measure[] {
  const fleet = makeFleet(providers);
  const jobs = mixedJobs();
  const decide = (at: number, change: object) => {
    const job = jobs[at % jobs.length];
    if (job) fleet.decide({ ...job, ...change });
  };
  // Two rounds, of which the first is for the compiler.
  for (let i = 0; i < COLD; i += 1) decide(i, { timeoutSeconds: 10_000 + i });
  const isDone = (done: number) => done === COLD;
  const fresh = sample(isDone, (i) => decide(i, { timeoutSeconds: 20_000 + i }));
  const failed = sample(isDone, (i) => decide(i, { excludedProviders: [providers[i % providers.length]?.id ?? ""] }));
  return [
    ...percentilesOf(`${name}, a class for the first time`, fresh),
    ...percentilesOf(`${name}, a job that failed somewhere`, failed),
  ];
}

function sample(isDone: (done: number) => boolean, run: (at: number) => void): Float64Array {
  const times: number[] = [];
  while (!isDone(times.length)) {
    const before = performance.now();
    run(times.length);
    times.push((performance.now() - before) * 1_000);
  }
  return Float64Array.from(times);
}

function percentilesOf(name: string, samples: Float64Array, p99?: string): Measure[] {
  return [
    { name: `${name}, p50`, value: percentile(samples, 0.5), unit: "µs" },
    { name: `${name}, p99`, value: percentile(samples, 0.99), unit: "µs", ...(p99 && { beside: p99 }) },
  ];
}
