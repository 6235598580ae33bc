import fc from "fast-check";
import { SimulationFile } from "../src/index.ts";

const region = fc.constantFrom("eu", "us");
const rate = fc.constantFrom(0, 0.1, 0.5, 1);
const duration = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.constantFrom(
    { distribution: "exponential", mean: "90s" },
    { distribution: "lognormal", median: "2m", p95: "30m" },
    { distribution: "pareto", min: "10s", alpha: 1.1, max: "3h" },
  ),
);
const workers = fc.constantFrom("survive", "lost");

const group = fc.record(
  {
    count: fc.integer({ min: 1, max: 4 }),
    max_workers: fc.integer({ min: 0, max: 3 }),
    priority: fc.integer({ min: 0, max: 1 }),
    preferred_region: region,
    start: fc.constantFrom<unknown>(0, 2, 600, { distribution: "uniform", min: 0, max: 500 }),
    start_failure_rate: rate,
    config: fc.constantFrom({}, { capabilities: { total: { cpu: 2 }, per_worker: { cpu: 1 } } }),
    outages: fc.record({ per_day: fc.constantFrom(5, 200), duration, workers }),
  },
  { requiredKeys: ["count", "max_workers"] },
);

const jobClass = fc.record({
  name: fc.constantFrom("a", "b"),
  duration,
  failure_rate: rate,
  job: fc.record({
    priority: fc.integer({ min: -1, max: 1 }),
    resources: fc.constantFrom({}, { cpu: "600m" }, { cpu: 2 }),
    allowed_regions: fc.constantFrom<string[]>([], ["eu"]),
    retry: fc.constantFrom({}, { max_attempts: 3, backoff_seconds: 0 }, { max_attempts: 2, backoff_seconds: 60 }),
    provisioning_timeout_seconds: fc.constantFrom(1, 300),
  }),
});

/** Small worlds in which much goes wrong. */
export const world: fc.Arbitrary<SimulationFile> = fc
  .record({
    seed: fc.nat(),
    detected_after: fc.constantFrom(0, 30, 90),
    lost_after: fc.constantFrom(0, 60, 300),
    fleet: fc
      .array(group, { minLength: 1, maxLength: 3 })
      .map((groups) => groups.map((each, i) => ({ name: `group-${i}`, ...each }))),
    outages: fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 4_000 }), for: fc.integer({ min: 0, max: 4_000 }), region, workers }),
      { maxLength: 2 },
    ),
    jobs: fc.record({
      count: fc.integer({ min: 1, max: 120 }),
      during: fc.constantFrom("1h", "1m"),
      daily: fc.constantFrom({ ratio: 1 }, { ratio: 5, peak_at: 600 }),
      bursts: fc.constantFrom<object[]>([], [{ at: 5, for: 10, times: 20 }]),
      classes: fc.array(jobClass, { minLength: 1, maxLength: 3 }),
    }),
  })
  .map((given) => SimulationFile.parse(given));
