import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Contender } from "../contenders/contender.ts";
import { delayMeasures } from "../contenders/delay-measures.ts";
import type { Comparison } from "../contenders/open-ring.ts";
import { untilDrained } from "../contenders/until-drained.ts";

const JOBS = 50_000;
/** What is not done by then is given up; what was done until then counts. */
const PATIENCE_MS = 20_000;

/** Everything at once, by the fastest call there is: from the first submission until the last job is finished. */
export const burst: Comparison = async (ring, _options, say) => {
  const measures = [];
  for (const contender of ring.contenders) {
    await contender.delays();
    const { seconds, done } = await burstOnce(contender);
    const { decided } = await contender.delays();
    await contender.settle();
    const beside =
      done < JOBS ? `${done} jobs, then given up` : `${Math.round(JOBS / seconds).toLocaleString("en")} jobs/s`;
    say(`${contender.name}: ${seconds.toFixed(2)} s; ${beside}`);
    measures.push(
      { name: `${contender.name}, to the last finished`, value: seconds, unit: "s", beside },
      ...delayMeasures(`${contender.name}, first submitted → decided`, decided),
    );
  }
  return {
    workload: "burst",
    settings: { jobs: `${JOBS}, at most ${PATIENCE_MS / 1000} s`, ...arenaSettings(ring.arena, ring.contenders) },
    measures,
  };
};

async function burstOnce(contender: Contender): Promise<{ seconds: number; done: number }> {
  const handledBefore = await contender.handled();
  const begun = performance.now();
  await contender.enqueue(JOBS);
  const done = (await untilDrained(contender, handledBefore + JOBS, PATIENCE_MS)) - handledBefore;
  return { seconds: (performance.now() - begun) / 1000, done };
}
