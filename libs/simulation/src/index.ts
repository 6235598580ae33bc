export type { ArrivalPlan } from "./job-class.ts";
export { readTrace } from "./read-trace.ts";
export type { Report } from "./report.ts";
export { runSimulationFile } from "./run-simulation-file.ts";
export { SimulationFile } from "./simulation-file.ts";
