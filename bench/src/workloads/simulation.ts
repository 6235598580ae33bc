import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runSimulationFile, SimulationFile } from "@hodei/simulation";
import { parse } from "yaml";
import { peakMemoryMb } from "../cluster/memory.ts";
import type { WorkloadResult } from "../result.ts";

const FILE = fileURLToPath(new URL("../../../examples/simulations/day.yaml", import.meta.url));

/** A day of a large fleet, as `hodei simulate` runs it, in this process. */
export async function simulation(say: (line: string) => void): Promise<WorkloadResult> {
  const file = SimulationFile.parse(parse(readFileSync(FILE, "utf8")));
  say("a day of a large fleet …");
  const before = process.cpuUsage();
  const begun = performance.now();
  const { jobs, by_group, attempts, decisions } = runSimulationFile(file);
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const providers = by_group.reduce((sum, group) => sum + group.providers, 0);
  return {
    workload: "simulation",
    settings: {
      providers: providers.toLocaleString("en"),
      jobs: jobs.submitted.toLocaleString("en"),
      attempts: attempts.toLocaleString("en"),
      decisions: decisions.toLocaleString("en"),
    },
    measures: [
      { name: "the whole day", value: seconds, unit: "s", beside: "aim < 60" },
      { name: "CPU", value: (user + system) / 1e6, unit: "s" },
      { name: "jobs", value: jobs.submitted / seconds, unit: "jobs/s" },
      { name: "peak memory of the process", value: peakMemoryMb(process.pid), unit: "MB" },
    ],
  };
}
