import { writeFileSync } from "node:fs";
import { runSimulationFile } from "@hodei/simulation";
import { UsageError, UserError } from "../errors.ts";
import { printJson, printLine } from "../print.ts";
import { printReport } from "./print-report.ts";
import { readSimulation } from "./read-simulation.ts";

interface SimulateOptions {
  svg?: string;
  seed?: string;
  json?: boolean;
}

/** `hodei simulate FILE` */
export async function runSimulation(path: string, { svg, seed, json }: SimulateOptions): Promise<void> {
  const { file, trace } = readSimulation(path);
  const begun = performance.now();
  const report = runSimulationFile(seed === undefined ? file : { ...file, seed: seedOf(seed) }, { trace });
  const tookMs = performance.now() - begun;
  if (json) printJson({ took_ms: Math.round(tookMs), ...report });
  else printReport(report, tookMs);
  if (svg === undefined) return;
  // The chart library is loaded only where a chart is asked for.
  const { plotSimulation } = await import("./plot-simulation.ts");
  const drawn = await plotSimulation(report);
  try {
    writeFileSync(svg, drawn);
  } catch (error) {
    throw new UserError(`${svg} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!json) printLine(`\n${svg} shows it over the time`);
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 4_294_967_295) return seed;
  throw new UsageError(`--seed ${text} is not a whole number from 0 to 4294967295; write one`);
}
