import { setTimeout as sleep } from "node:timers/promises";
import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Contender } from "../contenders/contender.ts";
import { delayMeasures } from "../contenders/delay-measures.ts";
import type { Comparison } from "../contenders/open-ring.ts";
import { untilDrained } from "../contenders/until-drained.ts";
import { sustainedRate } from "./sustained.ts";

const MAXIMUM_MS = 1_500;
const ARRIVAL_MS = 3_000;
const PATIENCE_MS = 30_000;
const TICK_MS = 2;

/** Single submissions that come at half the rate that this contender just managed, whether or not the earlier ones are through. */
export const halfLoad: Comparison = async (ring, _options, say) => {
  const measures = [];
  for (const contender of ring.contenders) {
    const maximum = await sustainedRate(contender, 1, 32, MAXIMUM_MS);
    await contender.settle();
    await contender.delays();
    await arriveAt(contender, maximum / 2);
    const { started } = await contender.delays();
    const aims = contender.variant === "Hodei" ? { p50: "aim ≤ 10", p99: "aim ≤ 40" } : {};
    const lines = delayMeasures(`${contender.name}, submit → started`, started, aims);
    say(
      `at ${Math.round(maximum / 2)} jobs/s: ${lines.map(({ name, value }) => `${name}: ${value.toFixed(1)} ms`).join("; ")}`,
    );
    measures.push({ name: `${contender.name}, arrivals`, value: maximum / 2, unit: "jobs/s" }, ...lines);
  }
  return {
    workload: "half-load",
    settings: {
      arrivals: `for ${ARRIVAL_MS / 1000} s at half of what single submissions, 32 in flight, reached in ${MAXIMUM_MS / 1000} s`,
      ...arenaSettings(ring.arena, ring.contenders),
    },
    measures,
  };
};

async function arriveAt(contender: Contender, rate: number): Promise<void> {
  const handledBefore = await contender.handled();
  const submissions: Promise<void>[] = [];
  const begun = performance.now();
  for (let passed = 0; passed < ARRIVAL_MS; passed = performance.now() - begun) {
    while (submissions.length < (passed / 1000) * rate) submissions.push(contender.submit(1));
    await sleep(TICK_MS);
  }
  await Promise.all(submissions);
  await untilDrained(contender, handledBefore + submissions.length, PATIENCE_MS);
}
