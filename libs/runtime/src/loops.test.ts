import fc from "fast-check";
import { expect, test } from "vitest";
import { makeBreaker } from "./breaker.ts";
import { BatcherFullError, makeBatcher } from "./make-batcher.ts";
import { runLoop } from "./run-loop.ts";
import { makeWake } from "./wake.ts";

test("a loop takes one turn at a time, is woken out of its idle wait, and tells of an outage once at each end", async () => {
  const stop = new AbortController();
  const wake = makeWake();
  const events: string[] = [];
  let turns = 0;
  let isInside = false;
  await runLoop({
    name: "test",
    signal: stop.signal,
    idleMs: 3_600_000,
    wake,
    backoff: { next: () => 1, reset: () => undefined },
    onError: (error) => events.push(String(error)),
    onRecovered: () => events.push("recovered"),
    step: async () => {
      expect(isInside).toBe(false);
      isInside = true;
      await Promise.resolve();
      isInside = false;
      turns += 1;
      if (turns === 2 || turns === 3) throw new Error("away");
      if (turns === 5) stop.abort();
      wake.wake();
      return false;
    },
  });
  expect(turns).toBe(5);
  expect(events).toEqual(["Error: away", "recovered"]);
});

test("items added during a flush go with the next one, in order, and each add ends with its own flush", async () => {
  const flushed: number[][] = [];
  const gate = Promise.withResolvers<void>();
  const batcher = makeBatcher<number>({
    maxItems: 3,
    maxWaiting: 5,
    flush: async (items) => {
      flushed.push([...items]);
      if (flushed.length === 1) await gate.promise;
      if (items.includes(5)) throw new Error("refused");
    },
  });
  const first = batcher.add(1);
  await Promise.resolve();
  await Promise.resolve();
  const later = [2, 3, 4, 5, 6].map((item) => batcher.add(item));
  await expect(batcher.add(7)).rejects.toBeInstanceOf(BatcherFullError);
  gate.resolve();
  await first;
  const outcomes = await Promise.allSettled(later);
  await batcher.drain();
  expect(flushed).toEqual([[1], [2, 3, 4], [5, 6]]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
});

test("no flush is ever larger than allowed, and nothing is lost or reordered", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(100)),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 200 }),
      async (sizes, maxItems, maxBytes) => {
        const flushed: number[][] = [];
        const batcher = makeBatcher<number>({
          maxItems,
          maxBytes,
          bytesOf: (size) => size,
          flush: async (items) => void flushed.push([...items]),
        });
        await Promise.all(sizes.map((size) => batcher.add(size)));
        expect(flushed.flat()).toEqual(sizes);
        for (const items of flushed) {
          expect(items.length).toBeLessThanOrEqual(maxItems);
          if (items.length > 1) expect(items.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes);
        }
      },
    ),
  );
});

test("a breaker opens after failures in a row, calls nothing while open, and closes after one call that works", async () => {
  const states: string[] = [];
  const breaker = makeBreaker({ failureThreshold: 2, openMs: 0, onChange: (state) => states.push(state) });
  const failing = () => breaker.run(async () => Promise.reject(new Error("away")));
  await expect(failing()).rejects.toThrow("away");
  await expect(breaker.run(async () => "ok")).resolves.toBe("ok");
  await expect(failing()).rejects.toThrow("away");
  expect(breaker.state).toBe("closed");
  await expect(failing()).rejects.toThrow("away");
  expect(breaker.state).toBe("open");
  const gate = Promise.withResolvers<string>();
  const trial = breaker.run(() => gate.promise);
  await expect(breaker.run(async () => "second")).rejects.toMatchObject({ code: "BREAKER_OPEN" });
  gate.resolve("back");
  await expect(trial).resolves.toBe("back");
  expect(states).toEqual(["open", "half-open", "closed"]);
  const patient = makeBreaker({ failureThreshold: 1, openMs: 3_600_000 });
  await expect(patient.run(async () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  await expect(patient.run(async () => "never")).rejects.toMatchObject({ code: "BREAKER_OPEN" });
});
