import { makeSampler } from "./distribution.ts";
import { type Arrival, type ArrivalPlan, jobClassOf } from "./job-class.ts";
import type { Arrivals } from "./simulation-file.ts";

const DAY_SECONDS = 86_400;
/** Steps by which the rate of arrival is followed. */
const STEPS = 20_000;

/** Makes up jobs as a file describes them; nothing is kept, each is made when its time has come. */
export function planArrivals(file: Arrivals, chance: () => number): ArrivalPlan {
  return { horizonSeconds: file.during, count: file.count, arrivals: arrivalsOf(file, chance) };
}

function* arrivalsOf(file: Arrivals, chance: () => number): Generator<Arrival> {
  const classes = file.classes.map((each) => ({
    jobClass: jobClassOf(each.name, each.job),
    failureRate: each.failure_rate,
    share: each.share,
    draw: makeSampler(each.duration, chance),
  }));
  const shares = classes.reduce((sum, each) => sum + each.share, 0);
  const timeOf = makeTimeOf(file);
  let reached = 0;
  for (let left = file.count; left > 0; left -= 1) {
    // The next of so many uniform numbers in their order, without having the others.
    reached = 1 - (1 - reached) * (1 - chance()) ** (1 / left);
    const chosen = choose(classes, chance() * shares);
    if (!chosen) return;
    const { jobClass, failureRate, draw } = chosen;
    yield { atSeconds: timeOf(reached), jobClass, failureRate, durationSeconds: draw() };
  }
}

/** The one in whose part of the summed shares a point lies. */
function choose<T extends { share: number }>(classes: readonly T[], point: number): T | undefined {
  let left = point;
  for (const each of classes) {
    if (left < each.share) return each;
    left -= each.share;
  }
  return classes.at(-1);
}

/** The time by which a share of all jobs has come: the inverse of the summed rate. */
function makeTimeOf(file: Arrivals): (share: number) => number {
  const step = file.during / STEPS;
  const sums = new Float64Array(STEPS + 1);
  for (let i = 0; i < STEPS; i += 1) sums[i + 1] = (sums[i] ?? 0) + rateAt(file, (i + 0.5) * step);
  const total = sums[STEPS] ?? 1;
  // Shares are asked for in order, so the search goes on where it stood.
  let i = 0;
  return (share) => {
    const wanted = share * total;
    while (i < STEPS - 1 && (sums[i + 1] ?? 0) < wanted) i += 1;
    const [low, high] = [sums[i] ?? 0, sums[i + 1] ?? 0];
    return (i + (high > low ? (wanted - low) / (high - low) : 0)) * step;
  };
}

/** How many come at a time, against other times: a wave over the day, and bursts on top. */
function rateAt({ daily, bursts }: Arrivals, seconds: number): number {
  const phase = (2 * Math.PI * (seconds - (daily?.peak_at ?? 0))) / DAY_SECONDS;
  const ratio = daily?.ratio ?? 1;
  const wave = 1 + ((ratio - 1) / (ratio + 1)) * Math.cos(phase);
  const burst = bursts.find(({ at, for: length }) => seconds >= at && seconds < at + length);
  return wave * (burst?.times ?? 1);
}
