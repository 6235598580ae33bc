import { afterEach, expect, test, vi } from "vitest";
import { settledWithin } from "./settled-within.ts";

afterEach(() => void vi.useRealTimers());

test.each([
  ["is done", () => Promise.resolve()],
  ["fails", () => Promise.reject(new Error("no"))],
])("work that %s leaves no timer behind", async (_, work) => {
  vi.useFakeTimers();
  await settledWithin(work(), 60_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("work that never ends is waited for no longer than that", async () => {
  vi.useFakeTimers();
  const settled = settledWithin(new Promise(() => undefined), 60_000);
  await vi.advanceTimersByTimeAsync(60_000);
  await settled;
  expect(vi.getTimerCount()).toBe(0);
});
