import type { RunOptions } from "./options.ts";

/** One figure of one workload. */
export interface Measure {
  /** What was measured: `1,000 providers`. */
  name: string;
  value: number;
  unit: string;
  /** What it is held against, where there is something: an aim, or a floor measured in the same run. */
  beside?: string;
}

/** A workload's figures with the settings they hold for. */
export interface WorkloadResult {
  workload: string;
  settings: Record<string, string | number>;
  measures: Measure[];
}

/** Runs once, says on the way what it is doing. */
export type Workload = (say: (line: string) => void, options: RunOptions) => Promise<WorkloadResult>;
