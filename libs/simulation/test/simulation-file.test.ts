import { formatProblem, problemsOf } from "@hodei/contracts";
import { expect, test } from "vitest";
import { readTrace, SimulationFile } from "../src/index.ts";

function problemsIn(file: unknown): string[] {
  const parsed = SimulationFile.safeParse(file);
  return parsed.success ? [] : problemsOf(parsed.error).map(formatProblem);
}

test("a file with mistakes gets each of them by its path, with what to write", () => {
  const problems = problemsIn({
    fleet: [
      { name: "a", max_workers: "ten", start: "fast" },
      { name: "b", start: { distribution: "lognormal", median: "1m", p95: "1s" }, slots: 4 },
    ],
    outages: [{ at: "3h", for: "1h", share: 2 }],
    jobs: { count: 1, during: 0, classes: [{ name: "x", duration: "1m", job: { resources: { memory: "4GB" } } }] },
  });
  expect(problems.sort()).toEqual([
    'fleet[0].max_workers: "ten" is not a number of slots; write one, or {min: 5, max: 20}',
    'fleet[0].start: "fast" is not a length of time; write for example 90, "15m", "2h" or "7d"',
    "fleet[1].slots: is not a known key; remove it",
    "fleet[1].start.p95: is below the median, or the median is 0; write a median above 0 and a p95 above it",
    expect.stringMatching(/^jobs\.classes\[0\]\.job\.resources\.memory: "4GB" .* write 4G or 4Gi/),
    "jobs.during: is 0; write how long jobs arrive, for example 24h",
    "outages[0].share: is above 1; write a share from 0 to 1",
  ]);
});

test("names that stand twice or lead nowhere are named, and so is a file without jobs", () => {
  expect(problemsIn({ fleet: [{ name: "a" }, { name: "a" }], outages: [{ at: 1, for: 1, group: "b" }] })).toEqual([
    "jobs: is missing; write jobs: with a count and classes, or trace: with the path of a file",
    'fleet[1].name: "a" is taken; write another',
    'outages[0].group: "b" is no group of the fleet; write one of a',
  ]);
});

test("a row of a trace that is wrong is named by its number", () => {
  const rows = [
    { submitted_at: 0, duration: 1 },
    { submitted_at: "yesterday", duration: 1 },
    { submitted_at: 3, duration: 1, priority: "high" },
  ];
  const read = readTrace(rows, Number);
  expect("problems" in read ? read.problems.map(formatProblem) : []).toEqual([
    'row 2: submitted_at: "yesterday" is not a time; write seconds, or a date as 2026-03-01T09:30:00Z',
    expect.stringContaining('row 3: priority: "high" is not a whole number'),
  ]);
});
