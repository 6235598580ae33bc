import fc from "fast-check";
import { expect, test } from "vitest";
import { readTrace, runSimulationFile, SimulationFile } from "../src/index.ts";
import { world } from "./worlds.ts";

test("whatever happens, no job ends twice, no provider is overfull, and every job is accounted for", () => {
  fc.assert(
    fc.property(world, (file) => {
      const ends: number[] = [];
      const overfull: unknown[] = [];
      const report = runSimulationFile(file, {
        observe(event) {
          if (event.kind === "ended") ends.push(event.job);
          if (event.kind === "reserved" && event.activeWorkers > event.maxWorkers) overfull.push(event);
        },
      });
      const { jobs, attempts, failovers, retries, series, utilisation } = report;
      expect(overfull).toEqual([]);
      expect(new Set(ends).size).toBe(ends.length);
      expect(jobs.submitted).toBe(file.jobs?.count);
      expect(ends).toHaveLength(jobs.succeeded + jobs.failed + jobs.timed_out);
      expect(ends.length + jobs.never_placed).toBe(jobs.submitted);
      expect(attempts).toBe(ends.length + failovers + retries);
      expect(Math.max(utilisation, ...series.map((moment) => moment.utilisation))).toBeLessThanOrEqual(1 + 1e-9);
      expect(series.at(-1)).toMatchObject({ running: 0, waiting: jobs.never_placed });
    }),
    { numRuns: 300 },
  );
});

test("the same seed has the same result, and another seed another one", () => {
  fc.assert(
    fc.property(world, (file) => {
      expect(runSimulationFile(file)).toEqual(runSimulationFile(file));
    }),
    { numRuns: 50 },
  );
  const duration = { distribution: "exponential", mean: "2m" };
  const file = SimulationFile.parse({
    fleet: [{ name: "one", max_workers: 2 }],
    jobs: { count: 100, during: "1h", classes: [{ name: "any", duration }] },
  });
  expect(runSimulationFile(file).waits).not.toEqual(runSimulationFile({ ...file, seed: 2 }).waits);
});

interface Row {
  submitted_at: number;
  duration: number;
  priority: number;
}

test("with one provider of one slot, every wait is what the queue at a counter would be", () => {
  // Each length has a fraction, so that nobody comes at the very moment in which another one goes.
  const job = fc.record({
    submitted_at: fc.integer({ min: 0, max: 200 }),
    duration: fc.integer({ min: 0, max: 50 }).map((seconds) => seconds + 1 / 1024),
    priority: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(job, { minLength: 1, maxLength: 40, selector: (row) => row.submitted_at }), (rows) => {
      const read = readTrace(rows, Number);
      if (!("plan" in read)) throw new Error("the trace is refused");
      const waits = new Map<number, number>();
      const file = SimulationFile.parse({ fleet: [{ name: "only", max_workers: 1 }], trace: "beside" });
      runSimulationFile(file, {
        trace: read.plan,
        observe: (event) => event.kind === "running" && waits.set(event.job, event.waitedSeconds),
      });
      const byArrival = [...waits].sort(([a], [b]) => a - b).map(([, wait]) => wait);
      expect(byArrival).toEqual(waitsAtCounter(rows));
    }),
    { numRuns: 300 },
  );
});

/** One at a time: the highest priority of those who have come, then who came first. */
function waitsAtCounter(rows: readonly Row[]): number[] {
  const queue = rows.toSorted((a, b) => a.submitted_at - b.submitted_at).map((row) => ({ ...row, startsAt: -1 }));
  let freeAt = 0;
  for (;;) {
    const left = queue.filter((row) => row.startsAt < 0);
    if (left.length === 0) return queue.map((row) => row.startsAt - row.submitted_at);
    freeAt = Math.max(freeAt, Math.min(...left.map((row) => row.submitted_at)));
    const [next] = left.filter((row) => row.submitted_at <= freeAt).sort((a, b) => b.priority - a.priority);
    if (!next) throw new Error("nobody is there");
    next.startsAt = freeAt;
    freeAt += next.duration;
  }
}

test("a job that no provider can take is named with the reason, and the others run", () => {
  const file = SimulationFile.parse({
    fleet: [{ name: "plain", count: 2 }],
    jobs: {
      count: 20,
      during: "1h",
      classes: [
        { name: "fits", duration: "1m" },
        { name: "needs a gpu", duration: "1m", job: { resources: { gpu: 1 } } },
      ],
    },
  });
  const { jobs, never_placed } = runSimulationFile(file);
  expect(jobs.succeeded + jobs.never_placed).toBe(20);
  expect(never_placed).toMatchObject([{ class: "needs a gpu", jobs: jobs.never_placed }]);
  expect(never_placed[0]?.why).toContain("2 by resources; nearest: plain-1, E4 gpu: wants 1, has 0 per worker");
});

test("workers that an outage takes with it run again elsewhere, and those that live through a short one are seen afterwards", () => {
  const outageOf = (workers: string, length: string) =>
    runSimulationFile(
      SimulationFile.parse({
        fleet: [
          { name: "first", max_workers: 10, priority: 1 },
          { name: "second", max_workers: 10 },
        ],
        outages: [{ at: "10m", for: length, group: "first", workers }],
        jobs: { count: 10, during: "1m", classes: [{ name: "any", duration: "12m" }] },
      }),
    );
  expect(outageOf("survive", "4m")).toMatchObject({ failovers: 0, jobs: { succeeded: 10 }, outages: 1 });
  expect(outageOf("lost", "4m")).toMatchObject({
    failovers: 10,
    jobs: { succeeded: 10 },
    failures: [{ code: "WORKER_LOST", attempts: 10, jobs_ended: 0 }],
  });
  // Out of sight for longer than `lost_after`, they count as lost although they live.
  expect(outageOf("survive", "30m")).toMatchObject({ failovers: 10, jobs: { succeeded: 10 } });
});

test("another fleet meets the same jobs", () => {
  const duration = { distribution: "exponential", mean: 60 };
  const withSlots = (slots: number) =>
    runSimulationFile(
      SimulationFile.parse({
        fleet: [{ name: "any", max_workers: slots }],
        jobs: { count: 500, during: "1h", classes: [{ name: "any", duration }] },
      }),
    );
  const [few, many] = [withSlots(12), withSlots(400)];
  expect(many.waits.max).toBe(0);
  expect(few.waits.max).toBeGreaterThan(0);
  expect(few.by_priority[0]?.submitted).toBe(many.by_priority[0]?.submitted);
  expect(Math.abs(few.utilisation * 12 - many.utilisation * 400)).toBeLessThan(0.5);
});
