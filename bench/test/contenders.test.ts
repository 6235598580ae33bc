import { afterAll, beforeAll, expect, test } from "vitest";
import { addFinishedJobs } from "../src/cluster/add-finished-jobs.ts";
import type { Contender } from "../src/contenders/contender.ts";
import { type Arena, openArena } from "../src/contenders/open-arena.ts";
import { DEFAULTS, openContenders, TUNED } from "../src/contenders/open-contenders.ts";
import { untilDrained } from "../src/contenders/until-drained.ts";

const PATIENCE_MS = 60_000;
let arena: Arena;

beforeAll(async () => {
  arena = await openArena(() => undefined);
}, 120_000);
afterAll(() => arena[Symbol.asyncDispose](), 60_000);

test.each(["hodei", "graphile-worker", "pg-boss", "bullmq"])(
  "%s runs what waited for it and what comes while it works, and says how long each job had waited",
  async (name) => {
    await using contender = await openOne(name);
    contender.hold();
    await contender.enqueue(20);
    expect(await contender.handled()).toBe(0);
    contender.letGo();
    await Promise.all([contender.submit(1), contender.submit(1), contender.submit(28)]);
    expect(await untilDrained(contender, 50, PATIENCE_MS)).toBe(50);
    expect(await contender.unfinished()).toBe(0);
    const delays = (await contender.delays()).started;
    expect(delays).toHaveLength(50);
    expect(delays.every((delay) => delay > 0)).toBe(true);
    expect((await contender.delays()).started).toHaveLength(0);
  },
  120_000,
);

test("finished jobs that are written for a measurement lie there as those that Hodei has finished", async () => {
  const { db } = arena.cluster;
  expect(await addFinishedJobs(db, 100)).toBeGreaterThan(0);
  const { rows } = await db.query(
    `SELECT count(*)::int AS jobs FROM jobs j JOIN workers w ON w.job_id = j.id AND w.attempt = j.attempt
      WHERE j.id LIKE 'old-%' AND j.state = 'SUCCEEDED' AND w.state = 'EXITED' AND j.finished_at < now()`,
  );
  expect(rows).toEqual([{ jobs: 100 }]);
});

test("peers are compared at their best and at their defaults, by one process and by two", () => {
  expect([...TUNED, ...DEFAULTS].map(({ tuned, processes }) => `${tuned} ${processes}`)).toEqual([
    "true 1",
    "true 2",
    "false 1",
    "false 2",
  ]);
});

async function openOne(name: string): Promise<Contender> {
  const [contender] = await openContenders(arena, [name], [{ tuned: true, processes: 2 }]);
  if (!contender) throw new Error(`there is no ${name}`);
  return contender;
}
