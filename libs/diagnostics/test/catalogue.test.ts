import { ADVICE, CATALOGUE, explainFailure, FAILURE_CODES, failureCodeOf, isFailureCode } from "@hodei/diagnostics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADVICE_FACTS, FAILURE_FACTS, VENDOR_WORDS } from "./fixtures/document-facts.ts";

describe("the documents' troubleshooting is covered", () => {
  test.each(FAILURE_FACTS)(
    "$symptom is $code, with the document's solution",
    ({ symptom, code, solution, providerType }) => {
      expect(failureCodeOf(symptom)).toBe(code);
      expect(failureCodeOf(`Error: ${symptom.toUpperCase()} (again)`)).toBe(code);
      const { fix } = explainFailure(code, { provider: "east", ...(providerType && { providerType }) });
      for (const part of solution) expect(fix).toMatch(part);
    },
  );

  test.each(ADVICE_FACTS)("$symptom has advice, with the document's solution", ({ symptom, key, solution }) => {
    expect(ADVICE[key].symptoms).toContain(symptom);
    for (const part of solution) expect(ADVICE[key].fix).toMatch(part);
  });
});

test.each(VENDOR_WORDS)("reads %j as %s", (words, code) => {
  expect(failureCodeOf(words)).toBe(code);
});

test("every symptom of the catalogue is read as its own code", () => {
  for (const code of FAILURE_CODES) {
    for (const symptom of CATALOGUE[code].symptoms) expect([symptom, failureCodeOf(symptom)]).toEqual([symptom, code]);
  }
});

test("no symptom leads to two pieces of advice", () => {
  const symptoms = Object.values(ADVICE).flatMap((advice) => advice.symptoms);
  expect(new Set(symptoms).size).toBe(symptoms.length);
});

test("infrastructure and capacity failures move the job elsewhere, the job's own never do", () => {
  for (const code of FAILURE_CODES) {
    const { fault, retryElsewhere } = CATALOGUE[code];
    expect([code, retryElsewhere]).toEqual([code, fault !== "job"]);
  }
});

describe("an explanation", () => {
  const names = fc.record(
    { provider: fc.string(), providerType: fc.string(), image: fc.string(), namespace: fc.string(), job: fc.string() },
    { requiredKeys: [] },
  );

  test("never shows a placeholder, an empty cause or an empty fix, whatever is known", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FAILURE_CODES), names, (code, known) => {
        const marked = Object.fromEntries(
          Object.entries(known).map(([key, value]) => [key, value.replace(/[{}]/g, "")]),
        );
        const { cause, fix } = explainFailure(code, marked);
        expect(`${cause} ${fix}`).not.toMatch(/[{}]|undefined|\s{2}for\s/);
        expect(cause.length && fix.length).toBeGreaterThan(0);
      }),
    );
  });

  test("names the provider and the image as they are called, even if that looks like a pattern", () => {
    expect(explainFailure("IMAGE_PULL", { provider: "{image} $&", image: "a:1" }).cause).toBe(
      "{image} $& cannot pull the image a:1",
    );
  });

  test("says the command to type as it is to be typed", () => {
    expect(explainFailure("EXIT_NONZERO", { job: "nightly" }).fix).toBe("read the job's log: hodei jobs logs nightly");
  });

  test("reads naturally where nothing is known", () => {
    expect(explainFailure("IMAGE_PULL", {}).cause).toBe("the provider cannot pull the image of the job");
    expect(explainFailure("EXIT_NONZERO", {}).fix).toBe("read the job's log: hodei jobs logs JOB");
    expect(explainFailure("QUOTA_EXCEEDED", {}).cause).toBe(
      "the quota of the namespace or account at the provider is used up",
    );
  });

  test("speaks of the provider's own type where that is known", () => {
    expect(explainFailure("PERMISSION_DENIED", { providerType: "docker" }).fix).not.toMatch(/Kubernetes|IAM/);
    expect(explainFailure("OOM_KILLED", { providerType: "lambda", provider: "aws" }).fix).toMatch(/memory_mb of aws/);
    expect(explainFailure("IMAGE_PULL", { providerType: "lambda" }).fix).toBe(explainFailure("IMAGE_PULL", {}).fix);
    expect(explainFailure("PERMISSION_DENIED", { providerType: "constructor" }).fix).toMatch(
      /Docker.*Kubernetes.*Lambda/,
    );
  });
});

test("a very long error is read in bounded time", () => {
  for (const words of ["exec:".repeat(200_000), "manifest for ".repeat(100_000), "repository ".repeat(100_000)])
    expect(failureCodeOf(words)).toBeUndefined();
});

test("only the catalogue's own codes are codes", () => {
  expect(FAILURE_CODES.every(isFailureCode)).toBe(true);
  expect(isFailureCode("toString")).toBe(false);
});
