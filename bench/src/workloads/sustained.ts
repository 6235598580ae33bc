import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Contender } from "../contenders/contender.ts";
import { inTurns } from "../contenders/in-turns.ts";
import { besideBest, measuresOf } from "../contenders/measures-of.ts";
import type { Comparison } from "../contenders/open-ring.ts";
import { untilDrained } from "../contenders/until-drained.ts";

const SUBMIT_MS = 2_500;
/** Who takes jobs much faster than it runs them would be measured at draining them. */
const MOST_JOBS = 25_000;
const PATIENCE_MS = 30_000;
const WAYS = [
  { name: "single submissions, 32 in flight", size: 1, inFlight: 32, aim: "aim ≥ 1.5" },
  { name: "batches of 100, 4 in flight", size: 100, inFlight: 4, aim: "aim ≥ 1.0" },
] as const;

/** Submissions as fast as they are taken while the workers work: jobs finished, over the time until the last is. */
export const sustained: Comparison = async (ring, { rounds }, say) => {
  const measures = [];
  for (const { name, size, inFlight, aim } of WAYS) {
    const turns = await inTurns(ring.contenders, rounds, async (contender, round) => {
      const rate = await sustainedRate(contender, size, inFlight, SUBMIT_MS);
      await contender.settle();
      say(`${name}: round ${round}: ${contender.name}: ${Math.round(rate)} jobs/s`);
      return rate;
    });
    const figureOf = (rate: number) => rate;
    measures.push(
      ...measuresOf(turns, { name: (each) => `${name}: ${each}`, unit: "jobs/s", figureOf }),
      ...besideBest(turns, { name: `${name}: Hodei ÷ best peer`, aim, best: "most", figureOf }),
    );
  }
  return {
    workload: "sustained",
    settings: {
      submitted: `for ${SUBMIT_MS / 1000} s by one process, at most ${MOST_JOBS}`,
      rounds: `${rounds} in turns, median`,
      ...arenaSettings(ring.arena, ring.contenders),
    },
    measures,
  };
};

export async function sustainedRate(
  contender: Contender,
  size: number,
  inFlight: number,
  submitMs: number,
): Promise<number> {
  const handledBefore = await contender.handled();
  const begun = performance.now();
  let sent = 0;
  const submitters = Array.from({ length: inFlight }, async () => {
    while (performance.now() - begun < submitMs && sent < MOST_JOBS) {
      sent += size;
      await contender.submit(size);
    }
  });
  await Promise.all(submitters);
  const done = (await untilDrained(contender, handledBefore + sent, PATIENCE_MS)) - handledBefore;
  return done / ((performance.now() - begun) / 1000);
}
