import { FINAL_WORKER_STATES } from "@hodei/contracts";
import { FAILURE_CODES } from "@hodei/diagnostics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JobFacts, settleAttempt } from "./settle-attempt.ts";

const fresh: JobFacts = {
  maxAttempts: 1,
  backoffSeconds: 5,
  ownFailures: 0,
  infrastructureFailures: 0,
  cancelRequested: false,
};

describe("the end of an attempt", () => {
  test("exit code 0 is success, even when a cancel was on its way", () => {
    expect(settleAttempt({ ...fresh, cancelRequested: true }, { state: "EXITED", exitCode: 0 })).toEqual({
      next: "SUCCEEDED",
    });
  });
  test("a non-zero exit without retries fails the job and says so", () => {
    const outcome = settleAttempt(fresh, { state: "EXITED", exitCode: 7 });
    expect(outcome).toEqual({ next: "FAILED", code: "EXIT_NONZERO", countsAs: "own" });
  });
  test("a non-zero exit with attempts left waits its backoff and may go to the same provider", () => {
    const outcome = settleAttempt({ ...fresh, maxAttempts: 3, ownFailures: 1 }, { state: "EXITED", exitCode: 7 });
    expect(outcome).toMatchObject({ next: "PENDING", countsAs: "own", backoffSeconds: 5, excludeProvider: false });
  });
  test("a provider that cannot pull the image loses the job to another, at once, whatever `retry` says", () => {
    const outcome = settleAttempt(fresh, { state: "FAILED", code: "IMAGE_PULL" });
    expect(outcome).toMatchObject({
      next: "PENDING",
      countsAs: "infrastructure",
      backoffSeconds: 0,
      excludeProvider: true,
    });
  });
  test("the third infrastructure failure ends the job", () => {
    const outcome = settleAttempt({ ...fresh, infrastructureFailures: 2 }, { state: "LOST" });
    expect(outcome).toEqual({ next: "FAILED", code: "WORKER_LOST", countsAs: "infrastructure" });
  });
  test("a run that outlives its timeout is TIMED_OUT", () => {
    expect(settleAttempt(fresh, { state: "TERMINATED", code: "TIMEOUT_RUN" })).toMatchObject({ next: "TIMED_OUT" });
  });
  test("a cancel beats a further attempt, and loses to an end the job reached by itself", () => {
    const cancelled = { ...fresh, cancelRequested: true };
    expect(settleAttempt({ ...cancelled, maxAttempts: 2 }, { state: "EXITED", exitCode: 1 })).toMatchObject({
      next: "CANCELLED",
    });
    expect(settleAttempt(cancelled, { state: "EXITED", exitCode: 1 })).toMatchObject({ next: "FAILED" });
  });
});

test("every job ends: no sequence of failures outlives its two budgets", () => {
  const end = fc.record({
    state: fc.constantFrom(...FINAL_WORKER_STATES),
    exitCode: fc.integer({ min: 1, max: 255 }),
    code: fc.constantFrom(...FAILURE_CODES),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(end, { minLength: 13, maxLength: 13 }),
      (maxAttempts, ends) => {
        const job = { ...fresh, maxAttempts };
        for (const attemptEnd of ends) {
          const outcome = settleAttempt(job, attemptEnd);
          if (outcome.next !== "PENDING") return true;
          if (outcome.countsAs === "own") job.ownFailures += 1;
          else job.infrastructureFailures += 1;
        }
        return false;
      },
    ),
  );
});
