import { parseArgs } from "node:util";
import { CONTENDERS } from "./contenders/open-contenders.ts";

/** What a run may be told; each workload reads what concerns it. */
export interface RunOptions {
  /** Rounds of each contender, in turns. */
  rounds: number;
  /** Contenders that take part; all when empty. */
  only: readonly string[];
  /** Finished jobs that lie in the database (`retained`). */
  finishedJobs: number;
}

const DEFAULT_ROUNDS = 3;
const DEFAULT_FINISHED_JOBS = 5_000_000;

/** @throws with what was found and what to write instead */
export function readOptions(args: readonly string[], workloads: readonly string[]): RunOptions & { wanted: string[] } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: "string" }, only: { type: "string" }, "finished-jobs": { type: "string" } },
  });
  const only = values.only?.split(",") ?? [];
  allOf("workload", positionals, workloads);
  allOf("contender", only, CONTENDERS);
  return {
    wanted: positionals,
    only,
    rounds: wholeNumber("--rounds", values.rounds, DEFAULT_ROUNDS),
    finishedJobs: wholeNumber("--finished-jobs", values["finished-jobs"], DEFAULT_FINISHED_JOBS),
  };
}

function allOf(what: string, found: readonly string[], known: readonly string[]): void {
  const unknown = found.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no ${what} ${unknown.join(", ")}; write one of ${known.join(", ")}, or nothing for all`);
}

function wholeNumber(option: string, found: string | undefined, otherwise: number): number {
  if (found === undefined) return otherwise;
  if (/^[1-9]\d*$/.test(found)) return Number(found);
  throw new Error(`${option} ${found}: write a whole number from 1`);
}
