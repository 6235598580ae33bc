import { describe, type Problem, problemsOf } from "@hodei/contracts";
import { z } from "zod";
import { type Arrival, type ArrivalPlan, type JobClass, jobClassOf } from "./job-class.ts";
import { Seconds } from "./seconds.ts";
import { SimulatedJobSpec } from "./simulation-file.ts";

/** Problems named at once; a file with a wrong column has them in every row. */
const MAX_PROBLEMS = 20;

const noTime = (issue: { input?: unknown }) =>
  `${describe(issue.input)} is not a time; write seconds, or a date as 2026-03-01T09:30:00Z`;

const Times = z.looseObject({
  submitted_at: z.union([z.number(), z.iso.datetime({ offset: true, error: noTime })], { error: noTime }),
  duration: Seconds,
  exit_code: z.int().min(0).max(255).default(0),
  class: z.string().optional(),
});

/**
 * Reads jobs that really came: each row has `submitted_at`, `duration`, perhaps `exit_code` and `class`, and the keys of a job. Rows may
 * stand in any order; the first job comes at 0. `secondsOf` reads a date: this package has no calendar.
 */
export function readTrace(
  rows: Iterable<unknown>,
  secondsOf: (date: string) => number,
): { plan: ArrivalPlan } | { problems: Problem[] } {
  const arrivals: Arrival[] = [];
  const problems: Problem[] = [];
  const classes = makeClasses();
  let row = 0;
  for (const given of rows) {
    row += 1;
    const read = readRow(given, classes, secondsOf);
    if ("atSeconds" in read) arrivals.push(read);
    else for (const problem of read) problems.push({ ...problem, path: `row ${row}: ${problem.path}` });
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (row === 0) problems.push({ path: "trace", message: "has no jobs; write at least one row" });
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  arrivals.sort((a, b) => a.atSeconds - b.atSeconds);
  const first = arrivals[0]?.atSeconds ?? 0;
  for (const arrival of arrivals) arrival.atSeconds -= first;
  return { plan: { horizonSeconds: arrivals.at(-1)?.atSeconds ?? 0, count: arrivals.length, arrivals } };
}

type Classes = (name: string | undefined, spec: object) => JobClass | Problem[];

function readRow(given: unknown, classes: Classes, secondsOf: (date: string) => number): Arrival | Problem[] {
  const times = Times.safeParse(given);
  if (!times.success) return problemsOf(times.error);
  const { submitted_at, duration, exit_code, class: name, ...spec } = times.data;
  const jobClass = classes(name, spec);
  if (Array.isArray(jobClass)) return jobClass;
  return {
    atSeconds: typeof submitted_at === "number" ? submitted_at : secondsOf(submitted_at),
    jobClass,
    durationSeconds: duration,
    failureRate: exit_code === 0 ? 0 : 1,
  };
}

/** Most rows have the words of another one: those are read once. */
function makeClasses(): Classes {
  const known = new Map<string, JobClass>();
  return (name, given) => {
    const spec = { ...given, job_id: undefined };
    const key = JSON.stringify([name, spec]);
    const found = known.get(key);
    if (found) return found;
    const parsed = SimulatedJobSpec.safeParse(spec);
    if (!parsed.success) return problemsOf(parsed.error);
    const made = jobClassOf(name ?? parsed.data.name ?? `class ${known.size + 1}`, parsed.data);
    known.set(key, made);
    return made;
  };
}
