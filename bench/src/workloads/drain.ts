import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Contender } from "../contenders/contender.ts";
import { inTurns } from "../contenders/in-turns.ts";
import { besideBest, measuresOf } from "../contenders/measures-of.ts";
import { DEFAULTS, openPeers } from "../contenders/open-contenders.ts";
import type { Comparison } from "../contenders/open-ring.ts";
import { untilDrained } from "../contenders/until-drained.ts";
import { medianOf } from "../spread.ts";

const JOBS = 20_000;
/** What is not done by then is given up; what was done until then counts. */
const PATIENCE_MS = 30_000;
/** At their defaults some peers would take hours. */
const DEFAULTS_MS = 3_000;
const DEFAULTS_JOBS = 5_000;

export interface DrainTurn {
  rate: number;
  /** CPU seconds for 1,000 jobs, by process. */
  cpu: ReadonlyMap<string, number>;
}

/** Jobs that wait, durable, for warm and idle workers: from the moment these are let go until the last is finished. */
export const drain: Comparison = async (ring, { rounds, only }, say) => {
  const turns = await inTurns(ring.contenders, rounds, async (contender, round) => {
    const turn = await drainOnce(contender, JOBS, PATIENCE_MS);
    say(`round ${round}: ${contender.name}: ${Math.round(turn.rate)} jobs/s`);
    return turn;
  });
  await using stack = new AsyncDisposableStack();
  for (const contender of await openPeers(ring.arena, only, DEFAULTS)) {
    stack.use(contender);
    const turn = await drainOnce(contender, DEFAULTS_JOBS, DEFAULTS_MS);
    turns.set(contender, [turn]);
    say(`once: ${contender.name}: ${Math.round(turn.rate)} jobs/s`);
    contender.hold();
  }
  const figureOf = ({ rate }: DrainTurn) => rate;
  const hodei = turns.keys().find(({ variant }) => variant === "Hodei");
  return {
    workload: "drain",
    settings: {
      jobs: `${JOBS}, durable before they are let go, at most ${PATIENCE_MS / 1000} s`,
      rounds: `${rounds} in turns, median; at defaults 1, of ${DEFAULTS_JOBS} jobs and at most ${DEFAULTS_MS / 1000} s`,
      end: "when the workers have run all, and the store has none that is not finished",
      ...arenaSettings(ring.arena, [...turns.keys()]),
    },
    measures: [
      ...measuresOf(turns, { name: (each) => each, unit: "jobs/s", figureOf }),
      ...besideBest(turns, { name: "Hodei ÷ best peer", aim: "aim ≥ 1.0", best: "most", figureOf }),
      ...measuresOf(turns, { name: (each) => `CPU of ${each}`, unit: "s per 1,000 jobs", figureOf: cpuOf }),
      ...besideBest(turns, { name: "CPU, Hodei ÷ best peer", aim: "aim ≤ 1.5", best: "least", figureOf: cpuOf }),
      ...(hodei ? cpuByProcess(hodei, turns.get(hodei) ?? []) : []),
    ],
  };
};

export async function drainOnce(contender: Contender, jobs: number, patienceMs: number): Promise<DrainTurn> {
  contender.hold();
  const handledBefore = await contender.handled();
  await contender.enqueue(jobs);
  await contender.settle();
  const cpuBefore = cpuSeconds(contender.pids);
  const begun = performance.now();
  contender.letGo();
  const done = (await untilDrained(contender, handledBefore + jobs, patienceMs)) - handledBefore;
  const seconds = (performance.now() - begun) / 1000;
  const per = 1000 / Math.max(1, done);
  return {
    rate: done / seconds,
    cpu: new Map(
      cpuSeconds(contender.pids)
        .entries()
        .map(([name, now]) => [name, (now - (cpuBefore.get(name) ?? 0)) * per]),
    ),
  };
}

function cpuOf({ cpu }: DrainTurn): number {
  return cpu.values().reduce((sum, each) => sum + each, 0);
}

function cpuByProcess({ pids }: Contender, turns: readonly DrainTurn[]) {
  return [...pids.keys()].map((process) => ({
    name: `CPU of Hodei's ${process}`,
    value: medianOf(turns.map(({ cpu }) => cpu.get(process) ?? 0)),
    unit: "s per 1,000 jobs",
  }));
}
