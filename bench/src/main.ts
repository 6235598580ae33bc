import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatResults, formatWorkload } from "./format-results.ts";
import { describeMachine } from "./machine.ts";
import type { Workload, WorkloadResult } from "./result.ts";
import { docker } from "./workloads/docker.ts";
import { kubernetes } from "./workloads/kubernetes.ts";
import { latency } from "./workloads/latency.ts";
import { logs } from "./workloads/logs.ts";
import { placement } from "./workloads/placement.ts";
import { throughput } from "./workloads/throughput.ts";
import { tracing } from "./workloads/tracing.ts";

const WORKLOADS: Readonly<Record<string, Workload>> = {
  placement,
  throughput,
  latency,
  tracing,
  logs,
  docker,
  kubernetes,
};
const JSON_FILE = fileURLToPath(new URL("../results.json", import.meta.url));
const MARKDOWN_FILE = fileURLToPath(new URL("../RESULTS.md", import.meta.url));

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(WORKLOADS, name));
if (unknown.length > 0) {
  console.error(
    `no workload ${unknown.join(", ")}; write one of ${Object.keys(WORKLOADS).join(", ")}, or nothing for all`,
  );
  process.exit(2);
}
const machine = describeMachine();
const wanted = names.length > 0 ? names : Object.keys(WORKLOADS);
const fresh: WorkloadResult[] = [];
for (const name of wanted) {
  const workload = WORKLOADS[name];
  if (!workload) continue;
  const result = await workload((line) => console.log(`${name}: ${line}`));
  console.log(`\n${formatWorkload(result)}`);
  fresh.push(result);
}
write();

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
