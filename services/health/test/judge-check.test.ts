import fc from "fast-check";
import { expect, test } from "vitest";
import { type HealthHistory, judgeCheck } from "../src/judge-check.ts";

const config = { intervalSeconds: 30, timeoutSeconds: 5, failureThreshold: 3, successThreshold: 2 };
const unknown: HealthHistory = { health: "unknown", consecutiveFailures: 0, consecutiveSuccesses: 0 };
const good = { state: "healthy" } as const;
const silent = { state: "degraded", code: "UNREACHABLE", needsConfirmation: true } as const;
const forbidden = { state: "unhealthy", code: "PERMISSION_DENIED" } as const;

test("the first good check is enough for a provider that was never out", () => {
  expect(judgeCheck(unknown, good, 10, config)).toMatchObject({ health: "healthy", code: null, nextCheckSeconds: 30 });
});

test("silence is degraded until it is confirmed, and is looked at again after 1 s and 2 s", () => {
  const first = judgeCheck(unknown, silent, 10, config);
  expect(first).toMatchObject({ health: "degraded", nextCheckSeconds: 1 });
  const second = judgeCheck(first, silent, 10, config);
  expect(second).toMatchObject({ health: "degraded", nextCheckSeconds: 2 });
  expect(judgeCheck(second, silent, 10, config)).toMatchObject({ health: "unhealthy", nextCheckSeconds: 30 });
});

test("a missing permission counts at once", () => {
  expect(judgeCheck({ ...unknown, health: "healthy" }, forbidden, 10, config)).toMatchObject({
    health: "unhealthy",
    code: "PERMISSION_DENIED",
  });
});

test("a provider that was out comes back after two good checks, the second soon after the first", () => {
  const out = judgeCheck(unknown, forbidden, 10, config);
  const first = judgeCheck(out, good, 10, config);
  expect(first).toMatchObject({ health: "unhealthy", nextCheckSeconds: 1 });
  expect(judgeCheck(first, good, 10, config)).toMatchObject({ health: "healthy" });
});

test("an answer that takes more than half of the timeout is degraded, and says so", () => {
  expect(judgeCheck(unknown, good, 2_600, config)).toMatchObject({ health: "degraded", code: "SLOW_ANSWERS" });
});

test("nobody is turned out by fewer failures in a row than the threshold, unless the fault forbids work", () => {
  const finding = fc.constantFrom(good, silent);
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 30 }), (findings) => {
      let history = unknown;
      let inARow = 0;
      for (const found of findings) {
        inARow = found === silent ? inARow + 1 : 0;
        const before = history.health;
        history = judgeCheck(history, found, 10, config);
        if (before !== "unhealthy" && inARow < config.failureThreshold) expect(history.health).not.toBe("unhealthy");
      }
    }),
  );
});
