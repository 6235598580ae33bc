import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatResults, formatWorkload } from "./format-results.ts";
import { describeMachine } from "./machine.ts";
import { readOptions } from "./options.ts";
import type { Workload, WorkloadResult } from "./result.ts";
import { docker } from "./workloads/docker.ts";
import { drain } from "./workloads/drain.ts";
import { kubernetes } from "./workloads/kubernetes.ts";
import { latency } from "./workloads/latency.ts";
import { logs } from "./workloads/logs.ts";
import { placement } from "./workloads/placement.ts";
import { simulation } from "./workloads/simulation.ts";
import { throughput } from "./workloads/throughput.ts";
import { tracing } from "./workloads/tracing.ts";

const WORKLOADS: Readonly<Record<string, Workload>> = {
  placement,
  drain,
  simulation,
  throughput,
  latency,
  tracing,
  logs,
  docker,
  kubernetes,
};
const JSON_FILE = fileURLToPath(new URL("../results.json", import.meta.url));
const MARKDOWN_FILE = fileURLToPath(new URL("../RESULTS.md", import.meta.url));

const { names, ...options } = readOptionsOrExit();
const machine = describeMachine();
const wanted = names.length > 0 ? names : Object.keys(WORKLOADS);
const fresh: WorkloadResult[] = [];
for (const name of wanted) {
  const workload = WORKLOADS[name];
  if (!workload) continue;
  const result = await workload((line) => console.log(`${name}: ${line}`), options);
  console.log(`\n${formatWorkload(result)}`);
  fresh.push(result);
}
// A part of the contenders is no result to keep.
if (options.only.length === 0) write();

function readOptionsOrExit() {
  try {
    return readOptions(process.argv.slice(2), Object.keys(WORKLOADS));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** A run of some workloads leaves what is known of the others. */
function write(): void {
  const known = existsSync(JSON_FILE)
    ? (JSON.parse(readFileSync(JSON_FILE, "utf8")) as { results: WorkloadResult[] }).results
    : [];
  const results = Object.keys(WORKLOADS).flatMap(
    (name) => [...fresh, ...known].find((result) => result.workload === name) ?? [],
  );
  writeFileSync(JSON_FILE, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  writeFileSync(MARKDOWN_FILE, formatResults(machine, results));
}
