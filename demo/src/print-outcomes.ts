import type { Outcome } from "./outcome.ts";
import type { Scene } from "./scenes.ts";

const HEAD = ["JOB", "SHOWS", "PROVIDER", "WHY", "STATE", "WAIT", "RUN", "TRACE"];
const WIDEST = 58;

/** The table the demo ends with. */
export function printOutcomes(scenes: readonly Scene[], outcomes: readonly Outcome[]): void {
  const shows = new Map(scenes.map((scene) => [scene.key, scene.shows]));
  const rows = outcomes.map((outcome) => [
    outcome.key,
    shows.get(outcome.key) ?? "",
    outcome.provider ?? "",
    outcome.why,
    outcome.exitCode ? `${outcome.state} (${outcome.exitCode})` : outcome.state,
    `${Math.round(outcome.waitMs)} ms`,
    outcome.runMs === undefined ? "" : `${Math.round(outcome.runMs)} ms`,
    outcome.traceId,
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => cut(row[column]).length)));
  for (const row of [HEAD, ...rows])
    console.log(
      row
        .map((cell, column) => cut(cell).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function cut(text = ""): string {
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}
