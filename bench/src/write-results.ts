import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatResults } from "./format-results.ts";
import type { Machine } from "./machine.ts";
import type { WorkloadResult } from "./result.ts";

/** Writes `results.json` and `RESULTS.md`. A run of some workloads leaves what is known of the others. */
export function writeResults(
  folder: string,
  machine: Machine,
  fresh: readonly WorkloadResult[],
  order: readonly string[],
): void {
  const path = join(folder, "results.json");
  const known = existsSync(path)
    ? (JSON.parse(readFileSync(path, "utf8")) as { results: WorkloadResult[] }).results
    : [];
  const results = order.flatMap((name) => [...fresh, ...known].find((result) => result.workload === name) ?? []);
  writeFileSync(path, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  writeFileSync(join(folder, "RESULTS.md"), formatResults(machine, results));
}
