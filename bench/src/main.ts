import { fileURLToPath } from "node:url";
import { type Comparison, openRing } from "./contenders/open-ring.ts";
import { formatWorkload } from "./format-results.ts";
import { describeMachine } from "./machine.ts";
import { readOptions } from "./options.ts";
import type { Workload, WorkloadResult } from "./result.ts";
import { burst } from "./workloads/burst.ts";
import { docker } from "./workloads/docker.ts";
import { drain } from "./workloads/drain.ts";
import { halfLoad } from "./workloads/half-load.ts";
import { idle } from "./workloads/idle.ts";
import { kubernetes } from "./workloads/kubernetes.ts";
import { latency } from "./workloads/latency.ts";
import { logs } from "./workloads/logs.ts";
import { lowLoad } from "./workloads/low-load.ts";
import { placement } from "./workloads/placement.ts";
import { retained } from "./workloads/retained.ts";
import { scaleOut } from "./workloads/scale-out.ts";
import { simulation } from "./workloads/simulation.ts";
import { sustained } from "./workloads/sustained.ts";
import { throughput } from "./workloads/throughput.ts";
import { tracing } from "./workloads/tracing.ts";
import { waiting } from "./workloads/waiting.ts";
import { writeResults } from "./write-results.ts";

/** Hodei and its peers, in one ring. */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  drain,
  sustained,
  "low-load": lowLoad,
  "half-load": halfLoad,
  burst,
  idle,
};
/** Hodei alone. */
const WORKLOADS: Readonly<Record<string, Workload>> = {
  placement,
  simulation,
  waiting,
  "scale-out": scaleOut,
};
/** Too long for a run of all, or of interest to few: by name. */
const BY_NAME: Readonly<Record<string, Workload>> = {
  latency,
  logs,
  throughput,
  retained,
  tracing,
  docker,
  kubernetes,
};

const names = [...Object.keys(COMPARISONS), ...Object.keys(WORKLOADS), ...Object.keys(BY_NAME)];
const { wanted, ...options } = readOptionsOrExit();
const isWanted = (name: string) => (wanted.length > 0 ? wanted.includes(name) : !Object.hasOwn(BY_NAME, name));
const machine = describeMachine();
const fresh: WorkloadResult[] = [];

const comparisons = Object.entries(COMPARISONS).filter(([name]) => isWanted(name));
if (comparisons.length > 0) {
  await using ring = await openRing(options, console.log);
  for (const [name, compare] of comparisons) keep(await compare(ring, options, sayFor(name)));
}
for (const [name, run] of Object.entries({ ...WORKLOADS, ...BY_NAME }).filter(([each]) => isWanted(each)))
  keep(await run(sayFor(name), options));
// A part of the contenders is no result to keep.
if (options.only.length === 0) writeResults(fileURLToPath(new URL("..", import.meta.url)), machine, fresh, names);

function keep(result: WorkloadResult): void {
  console.log(`\n${formatWorkload(result)}`);
  fresh.push(result);
}

function sayFor(name: string): (line: string) => void {
  return (line) => console.log(`${name}: ${line}`);
}

function readOptionsOrExit() {
  try {
    return readOptions(process.argv.slice(2), names);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
