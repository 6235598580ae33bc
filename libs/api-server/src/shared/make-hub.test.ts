import { expect, test } from "vitest";
import { makeHub } from "./make-hub.ts";

const never = new AbortController().signal;
const changes = (from: number, count: number) =>
  new Map(Array.from({ length: count }, (_, i) => [`k${from + i}`, from + i]));

/** A hub that says how often it began and ended to listen. */
function hubOfNumbers() {
  const stays: AbortSignal[] = [];
  const hub = makeHub<number>(async (signal) => void stays.push(signal));
  return { hub, stays };
}

test("it listens while somebody reads, from the first reader until the last is gone, and again for the next", async () => {
  const { hub, stays } = hubOfNumbers();
  hub.tell(changes(0, 5));
  expect(stays).toHaveLength(0);
  const [one, two] = await Promise.all([hub.open(), hub.open()]);
  one[Symbol.dispose]();
  expect(stays.map(({ aborted }) => aborted)).toEqual([false]);
  two[Symbol.dispose]();
  two[Symbol.dispose]();
  expect(stays.map(({ aborted }) => aborted)).toEqual([true]);
  using again = await hub.open();
  hub.tell(changes(7, 1));
  expect(await again.take(never)).toEqual([7]);
  expect(stays.map(({ aborted }) => aborted)).toEqual([true, false]);
});

test("a reader gets what happened since it came, the latest of each key, in portions", async () => {
  const { hub } = hubOfNumbers();
  using reader = await hub.open();
  const waiting = reader.take(never);
  hub.tell(new Map([["a", 1]]));
  expect(await waiting).toEqual([1]);
  hub.tell(new Map([["a", 2]]));
  hub.tell(new Map([["a", 3]]));
  using late = await hub.open();
  hub.tell(new Map([["b", 4]]));
  expect(await reader.take(never)).toEqual([3, 4]);
  expect(await late.take(never)).toEqual([4]);
  hub.tell(changes(0, 1000));
  const portion = await reader.take(never);
  expect(portion.length).toBeLessThan(1000);
  expect([...portion, ...(await reader.take(never))].slice(0, 3)).toEqual([0, 1, 2]);
});

test("who is too far behind is told so, and others read on", async () => {
  const { hub } = hubOfNumbers();
  using slow = await hub.open();
  using quick = await hub.open();
  for (let round = 0; round < 300; round += 1) {
    hub.tell(changes(100 * round, 100));
    expect(await quick.take(never)).toHaveLength(100);
  }
  await expect(slow.take(never)).rejects.toThrow(
    "[resource_exhausted] more than 10000 changes were not read in time; read faster, or watch less, and begin again",
  );
});

test("a reader that leaves while it waits gets nothing, and one for whom listening fails hears why", async () => {
  const { hub } = hubOfNumbers();
  using reader = await hub.open();
  const leaving = new AbortController();
  const waiting = reader.take(leaving.signal);
  leaving.abort();
  expect(await waiting).toEqual([]);
  const failing = makeHub<number>(() => Promise.reject(new Error("no rows")));
  await expect(failing.open()).rejects.toThrow("no rows");
});
