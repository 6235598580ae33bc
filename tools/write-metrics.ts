// Writes the table of docs/operations/metrics.md from what is registered; with --check only says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { METRIC_OWNERS, metrics } from "@hodei/telemetry";

const FILE = new URL("../docs/operations/metrics.md", import.meta.url);
const [BEGIN, END] = ["<!-- metrics: written by npm run docs -->", "<!-- end of metrics -->"];

const registered = (await metrics.registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith("hodei_"));
const unowned = registered.filter(({ name }) => !Object.hasOwn(METRIC_OWNERS, name));
if (unowned.length > 0) {
  const names = unowned.map(({ name }) => name).join(", ");
  process.stderr.write(`${names}: say which services know it, in libs/telemetry/src/metrics/metric-owners.ts\n`);
  process.exit(1);
}

const table = registered
  .toSorted((a, b) => a.name.localeCompare(b.name))
  .map(({ name, type, help }) => {
    const labels = labelsOf(name).map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} | ${METRIC_OWNERS[name]?.join(", ")} |`;
  });
const text = ["| metric | type | labels | meaning | shown by |", "| --- | --- | --- | --- | --- |", ...table].join(
  "\n",
);

const page = readFileSync(FILE, "utf8");
const written = `${page.slice(0, page.indexOf(BEGIN) + BEGIN.length)}\n${text}\n${page.slice(page.indexOf(END))}`;
if (!process.argv.includes("--check")) writeFileSync(FILE, written);
else if (page !== written) {
  process.stderr.write("docs/operations/metrics.md is not what libs/telemetry registers; mend with: npm run docs\n");
  process.exitCode = 1;
}

function labelsOf(name: string): readonly string[] {
  const metric: unknown = metrics.registry.getSingleMetric(name);
  const isLabelled = typeof metric === "object" && metric !== null && "labelNames" in metric;
  return isLabelled ? (metric.labelNames as string[]).filter((label) => label !== "le") : [];
}
