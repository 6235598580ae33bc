import type { Health } from "@hodei/providers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HealthHistory, type Judgement, judgeCheck } from "../src/judge-check.ts";

const config = { intervalSeconds: 30, timeoutSeconds: 5, failureThreshold: 3, successThreshold: 2 };
const unknown: HealthHistory = { health: "unknown", consecutiveFailures: 0, consecutiveSuccesses: 0, recent: "" };
const at = new Date("2026-11-25T12:00:00Z");
const quickly = { latencyMs: 10, at };
const good: Health = { state: "healthy" };
const silent: Health = { state: "degraded", code: "UNREACHABLE", needsConfirmation: true };
const forbidden: Health = { state: "unhealthy", code: "PERMISSION_DENIED" };

/** What is known after these findings, oldest first: `+` answers, `-` is silent, `!` forbids. */
function after(findings: string, before: HealthHistory = unknown): Judgement[] {
  let history = before;
  return findings.split("").map((each) => {
    const judgement = judgeCheck(history, { "+": good, "-": silent, "!": forbidden }[each] ?? good, quickly, config);
    history = judgement;
    return judgement;
  });
}

test("the first good check is enough for a provider that was never out", () => {
  expect(after("+")).toMatchObject([{ health: "healthy", code: null, nextCheckSeconds: 30 }]);
});

test("silence is degraded until it is confirmed, and is looked at again after 1 s and 2 s", () => {
  expect(after("---")).toMatchObject([
    { health: "degraded", nextCheckSeconds: 1 },
    { health: "degraded", nextCheckSeconds: 2 },
    { health: "unhealthy", nextCheckSeconds: 30 },
  ]);
});

test("a missing permission counts at once", () => {
  expect(after("+!").at(-1)).toMatchObject({ health: "unhealthy", code: "PERMISSION_DENIED" });
});

test("a provider that was out comes back after two good checks, the second soon after the first", () => {
  expect(after("!++")).toMatchObject([
    { health: "unhealthy" },
    { health: "unhealthy", nextCheckSeconds: 1, detail: "answers again; 1 of 2 good checks" },
    { health: "healthy", nextCheckSeconds: 30 },
  ]);
});

test("an answer that takes more than half of the timeout is degraded, and says so", () => {
  expect(judgeCheck(unknown, good, { latencyMs: 2_600, at }, config)).toMatchObject({
    health: "degraded",
    code: "SLOW_ANSWERS",
    detail: "answered in 2600 ms, more than half of the timeout of 5 s",
  });
});

test("a certificate is warned of 14 days before its end, with the day", () => {
  const ending = (days: number) => ({ ...good, certificateExpiresAt: new Date(at.getTime() + days * 86_400_000) });
  expect(judgeCheck(unknown, ending(15), quickly, config)).toMatchObject({ health: "healthy", code: null });
  expect(judgeCheck(unknown, ending(13.5), quickly, config)).toMatchObject({
    health: "degraded",
    code: "CERTIFICATE_EXPIRING",
    detail: "a certificate ends at 2026-12-09T00:00:00.000Z, in 13 days",
  });
});

test("a provider that flips is degraded, not in and out: it takes twice as many answers of a kind to change anything", () => {
  const flipping = after("+-+-+-").at(-1);
  expect(after("+-+-+").at(-1)).toMatchObject({ health: "degraded", code: "FLAPPING" });
  expect(flipping).toMatchObject({ health: "degraded", code: "UNREACHABLE" });
  expect(after("---", flipping).at(-1)).toMatchObject({ health: "degraded" });
  expect(after("-----", flipping).at(-1)).toMatchObject({ health: "unhealthy" });
  const out = after("-----", flipping).at(-1);
  expect(after("+++", out).at(-1)).toMatchObject({ health: "unhealthy", detail: "answers again; 3 of 4 good checks" });
  expect(after("++++", out).at(-1)).toMatchObject({ health: "degraded", code: "FLAPPING" });
});

test("a provider that has been steady for 20 checks is healthy again", () => {
  const flipping = after("+-+-+").at(-1);
  expect(after("+".repeat(20), flipping).at(-1)).toMatchObject({ health: "healthy", code: null });
});

test("nobody is turned out by fewer failures in a row than the threshold, unless the fault forbids work", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("+", "-"), { maxLength: 60 }), (findings) => {
      let inARow = 0;
      let before = "unknown";
      for (const [i, judgement] of after(findings.join("")).entries()) {
        inARow = findings[i] === "-" ? inARow + 1 : 0;
        if (before !== "unhealthy" && inARow < config.failureThreshold) expect(judgement.health).not.toBe("unhealthy");
        before = judgement.health;
      }
    }),
  );
});

test("whatever came before, a provider that stays silent is out after 6 checks, and one that answers is in after 4", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("+", "-", "!"), { maxLength: 40 }), (findings) => {
      const history = after(findings.join("")).at(-1) ?? unknown;
      expect(after("------", history).at(-1)?.health).toBe("unhealthy");
      expect(after("++++", history).at(-1)?.health).not.toBe("unhealthy");
    }),
  );
});
