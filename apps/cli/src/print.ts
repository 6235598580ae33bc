import { once } from "node:events";
import Table from "cli-table3";
import colors from "picocolors";

/** JSON for programs, on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A table for people: a head and rows of cells, no frame. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const none = "";
  const chars = Object.fromEntries(
    [
      "top",
      "top-mid",
      "top-left",
      "top-right",
      "bottom",
      "bottom-mid",
      "bottom-left",
      "bottom-right",
      "left",
      "left-mid",
      "mid",
      "mid-mid",
      "right",
      "right-mid",
    ].map((key) => [key, none]),
  );
  const table = new Table({
    head: head.map((cell) => colors.bold(cell)),
    chars: { ...chars, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  process.stdout.write(`${table.toString()}\n`);
}

export function printLine(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** What is said beside the result goes to stderr, so that a pipe gets the result only. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Resolves when whoever reads our output has caught up: a pipe that is full takes no more, and what is written on waits in memory. */
export async function outputHasRoom(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) if (stream.writableNeedDrain) await once(stream, "drain");
}

/** Resolves when all that was printed is out: the end of the process would cut off the rest. */
export async function outputIsOut(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
}

const STATE_COLORS: Readonly<Record<string, (text: string) => string>> = {
  SUCCEEDED: colors.green,
  ACTIVE: colors.green,
  healthy: colors.green,
  ready: colors.green,
  RUNNING: colors.cyan,
  PROVISIONING: colors.cyan,
  PENDING: colors.yellow,
  degraded: colors.yellow,
  starting: colors.yellow,
  MAINTENANCE: colors.yellow,
  FAILED: colors.red,
  TIMED_OUT: colors.red,
  REJECTED: colors.red,
  UNHEALTHY: colors.red,
  unhealthy: colors.red,
  stopped: colors.red,
};

/** A state in its colour; plain where there is no terminal or NO_COLOR is set. */
export function colorState(state: string): string {
  return (STATE_COLORS[state] ?? ((text: string) => text))(state);
}

/** `12.3 s`, `4 m 10 s`, from milliseconds. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1000)} s`;
}
