import type { Machine } from "./machine.ts";
import type { WorkloadResult } from "./result.ts";
import { formatValue } from "./spread.ts";

/** The results as Markdown: one table a workload, with its settings above it. */
export function formatResults(machine: Machine, results: readonly WorkloadResult[]): string {
  const { cores, memoryGiB, node, natsServer, loadBefore } = machine;
  const head = `# Results\n\nOne run of \`npm run bench\` on ${cores} cores and ${memoryGiB} GiB of memory; Node ${node}, nats-server ${natsServer}; load average before: ${loadBefore}.\n`;
  return [head, ...results.map(formatWorkload)].join("\n");
}

export function formatWorkload({ workload, settings, measures }: WorkloadResult): string {
  const described = Object.entries(settings).map(([name, value]) => `- ${name}: ${value}`);
  const rows = measures.map(({ name, value, unit, beside }) => [name, formatValue(value), unit, beside ?? ""]);
  return `## ${workload}\n\n${described.join("\n")}\n\n${formatTable([["measure", "value", "unit", "beside"], ...rows])}\n`;
}

function formatTable(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(" | ")} |`;
  const [header = [], ...body] = rows;
  const rule = `| ${widths.map((width, i) => (i === 1 ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [line(header), rule, ...body.map(line)].join("\n");
}
