import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { arenaSettings } from "../contenders/arena-settings.ts";
import { beside } from "../contenders/beside.ts";
import type { Contender } from "../contenders/contender.ts";
import { openArena } from "../contenders/open-arena.ts";
import { DEFAULTS, openContenders, openPeers } from "../contenders/open-contenders.ts";
import { untilDrained } from "../contenders/until-drained.ts";
import type { RunOptions } from "../options.ts";
import type { Measure, WorkloadResult } from "../result.ts";
import { medianOf, rangeOf } from "../spread.ts";

const JOBS = 20_000;
const WARM_JOBS = 5_000;
/** What is not done by then is given up; what was done until then counts. */
const PATIENCE_MS = 30_000;
/** At their defaults some peers would take hours: they are stopped, and what they did until then counts. */
const DEFAULTS_MS = 3_000;
const DEFAULTS_JOBS = 5_000;

interface Turn {
  rate: number;
  /** CPU seconds for 1,000 jobs, of its processes and stores together. */
  cpu: number;
}

/** Jobs that wait, durable, for warm and idle workers: from the moment these are let go until the last is finished. */
export async function drain(say: (line: string) => void, { rounds, only }: RunOptions): Promise<WorkloadResult> {
  await using arena = await openArena(say);
  await using stack = new AsyncDisposableStack();
  const contenders = await openContenders(arena, only);
  for (const contender of contenders) stack.use(contender);
  const turns = new Map(contenders.map((contender) => [contender, [] as Turn[]]));
  for (const contender of contenders) await takeTurn(contender, WARM_JOBS, PATIENCE_MS);
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const turn = await takeTurn(contender, JOBS, PATIENCE_MS);
      turns.get(contender)?.push(turn);
      say(`round ${round}: ${contender.name}: ${Math.round(turn.rate)} jobs/s`);
    }
  }
  for (const contender of await openPeers(arena, only, DEFAULTS)) {
    stack.use(contender);
    const turn = await takeTurn(contender, DEFAULTS_JOBS, DEFAULTS_MS);
    turns.set(contender, [turn]);
    say(`once: ${contender.name}: ${Math.round(turn.rate)} jobs/s`);
    contender.hold();
  }
  return {
    workload: "drain",
    settings: {
      jobs: `${JOBS}, durable before they are let go`,
      patience: `${PATIENCE_MS / 1000} s, what was done until then counts`,
      rounds: `${rounds} in turns, median; at defaults 1, of ${DEFAULTS_JOBS} jobs and at most ${DEFAULTS_MS / 1000} s`,
      ...arenaSettings(arena, [...turns.keys()]),
    },
    measures: measuresOf(turns),
  };
}

async function takeTurn(contender: Contender, jobs: number, patienceMs: number): Promise<Turn> {
  contender.hold();
  const handledBefore = await contender.handled();
  await contender.enqueue(jobs);
  await contender.tidy();
  const cpuBefore = sum(cpuSeconds(contender.pids));
  const begun = performance.now();
  contender.letGo();
  const done = (await untilDrained(contender, handledBefore + jobs, patienceMs)) - handledBefore;
  const seconds = (performance.now() - begun) / 1000;
  const cpu = sum(cpuSeconds(contender.pids)) - cpuBefore;
  return { rate: done / seconds, cpu: (cpu / Math.max(1, done)) * 1000 };
}

function sum(values: ReadonlyMap<string, number>): number {
  return values.values().reduce((total, value) => total + value, 0);
}

function measuresOf(turns: ReadonlyMap<Contender, readonly Turn[]>): Measure[] {
  const entries = [...turns];
  const rates = entries.map(([contender, each]) => ({ contender, values: each.map(({ rate }) => rate) }));
  const cpus = entries.map(([contender, each]) => ({ contender, values: each.map(({ cpu }) => cpu) }));
  return [
    ...rates.map(({ contender, values }) => ({
      name: contender.name,
      value: medianOf(values),
      unit: "jobs/s",
      beside: rangeOf(values),
    })),
    ...beside("Hodei ÷ best peer", rates, "most", "aim ≥ 1.0"),
    ...cpus.map(({ contender, values }) => ({
      name: `CPU of ${contender.name}, with its stores`,
      value: medianOf(values),
      unit: "s per 1,000 jobs",
      beside: values.length > 1 ? `${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)}` : "",
    })),
    ...beside("CPU, Hodei ÷ best peer", cpus, "least", "aim ≤ 1.5"),
  ];
}
