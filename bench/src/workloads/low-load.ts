import { setTimeout as sleep } from "node:timers/promises";
import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Contender } from "../contenders/contender.ts";
import { delayMeasures } from "../contenders/delay-measures.ts";
import { DEFAULTS, openPeers } from "../contenders/open-contenders.ts";
import type { Comparison } from "../contenders/open-ring.ts";
import { untilDrained } from "../contenders/until-drained.ts";

const JOBS = 200;
const PAUSE_MS = 10;
/** At its defaults one peer polls every 2 s. */
const TURN_MS = 6_000;

/** One job at a time on an idle system: just before its submission → its worker started. */
export const lowLoad: Comparison = async (ring, { only }, say) => {
  await using stack = new AsyncDisposableStack();
  const defaults = await openPeers(ring.arena, only, DEFAULTS.slice(0, 1));
  for (const contender of defaults) stack.use(contender);
  const contenders = [...ring.contenders, ...defaults];
  const measures = [];
  for (const contender of contenders) {
    // Those of earlier workloads are not of this one.
    await contender.delays();
    await oneAtATime(contender);
    const { started } = await contender.delays();
    const aims = contender.variant === "Hodei" ? { p50: "aim ≤ 3", p99: "aim ≤ 8" } : {};
    const lines = delayMeasures(`${contender.name}, submit → started`, started, aims);
    say(lines.map(({ name, value }) => `${name}: ${value.toFixed(2)} ms`).join("; "));
    measures.push(...lines);
  }
  return {
    workload: "low-load",
    settings: {
      jobs: `${JOBS}, one at a time, ${PAUSE_MS} ms after the last, at most ${TURN_MS / 1000} s`,
      clock: "of the machine; Hodei's starts to the millisecond, as its rows have them",
      ...arenaSettings(ring.arena, contenders),
    },
    measures,
  };
};

async function oneAtATime(contender: Contender): Promise<void> {
  const handledBefore = await contender.handled();
  const deadline = performance.now() + TURN_MS;
  for (let i = 1; i <= JOBS && performance.now() < deadline; i += 1) {
    await contender.submit(1);
    await untilDrained(contender, handledBefore + i, TURN_MS);
    await sleep(PAUSE_MS);
  }
}
