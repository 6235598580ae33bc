import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { formatProblem, type Problem, problemsOf } from "@hodei/contracts";
import { type ArrivalPlan, readTrace, SimulationFile } from "@hodei/simulation";
import { parse as parseCsv } from "csv-parse/sync";
import { parseDocument } from "yaml";
import { UserError } from "../errors.ts";

/** Reads a simulation and the trace that it names. @throws UserError with every problem by its path */
export function readSimulation(path: string): { file: SimulationFile; trace?: ArrivalPlan } {
  const document = parseDocument(readText(path), { prettyErrors: true });
  const [first] = document.errors;
  if (first) throw new UserError(`${path}: ${first.message}`);
  const parsed = SimulationFile.safeParse(document.toJS());
  if (!parsed.success) refuse(path, problemsOf(parsed.error));
  const file = parsed.data;
  if (file.trace === undefined) return { file };
  const tracePath = resolve(dirname(path), file.trace);
  const read = readTrace(rowsOf(tracePath), (date) => Date.parse(date) / 1000);
  if ("problems" in read) refuse(tracePath, read.problems);
  return { file, trace: read.plan };
}

function refuse(path: string, problems: readonly Problem[]): never {
  throw new UserError(`${path}\n${problems.map((problem) => `  ${formatProblem(problem)}`).join("\n")}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A line of JSON for each job, or CSV with a head. */
function rowsOf(path: string): Iterable<unknown> {
  return path.endsWith(".csv") ? csvRows(path) : jsonLines(path);
}

function* jsonLines(path: string): Generator {
  let number = 0;
  for (const line of readText(path).split("\n")) {
    number += 1;
    if (line.trim() === "") continue;
    try {
      yield JSON.parse(line) as unknown;
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      throw new UserError(
        `${path}, line ${number}: ${found}; write one JSON object in each line, or name the file *.csv`,
      );
    }
  }
}

const NUMBERS = new Set(["submitted_at", "exit_code", "priority", "timeout_seconds", "gpu"]);
const RESOURCES = new Set(["cpu", "memory", "gpu"]);

/** Columns are the keys of a row; `cpu`, `memory` and `gpu` are its resources, and an empty cell says nothing. */
function csvRows(path: string): unknown[] {
  try {
    return parseCsv<Record<string, string>>(readText(path), { columns: true, skip_empty_lines: true, trim: true }).map(
      rowOf,
    );
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function rowOf(cells: Record<string, string>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  const resources: Record<string, unknown> = {};
  for (const [column, text] of Object.entries(cells)) {
    if (text === "") continue;
    const isNumber = /^-?\d+(\.\d+)?$/.test(text) && (NUMBERS.has(column) || column === "duration");
    (RESOURCES.has(column) ? resources : row)[column] = isNumber ? Number(text) : text;
  }
  return Object.keys(resources).length > 0 ? { ...row, resources } : row;
}
