// Writes docs/cli.md from what `hodei commands --json` says of itself; with --check only says whether it is current.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = new URL("../docs/cli.md", import.meta.url);
const HODEI = fileURLToPath(new URL("../apps/cli/bin/hodei.js", import.meta.url));

interface Option {
  flags: string;
  summary: string;
  default?: string;
  isRequired?: boolean;
  isRepeatable?: boolean;
  completes?: string | string[];
}

interface Command {
  name: string;
  summary: string;
  usage: string;
  arguments?: { name: string; summary: string }[];
  options?: Option[];
  examples: { command: string; does?: string }[];
  notes?: string;
  reaches: "api" | "database" | "here";
}

interface Definitions {
  groups: { name: string; summary: string }[];
  serverOptions: Option[];
  commands: Command[];
}

const said = execFileSync(process.execPath, [HODEI, "commands", "--json"], { encoding: "utf8" });
const { groups, serverOptions, commands } = JSON.parse(said) as Definitions;

const REACHES = {
  api: "Asks the server that `--server` or `HODEI_API_URL` names, else the database itself.",
  database: "Talks to PostgreSQL or NATS: `HODEI_DATABASE_URL`, `HODEI_NATS_URL`, else those of the local cluster.",
  here: "Of this machine only.",
};
/** What stands outside of code marks must not be taken for markup. */
const plain = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const anchor = (name: string) => `hodei-${name.replaceAll(" ", "-")}`;

function about({ summary, default: value, isRequired, isRepeatable, completes }: Option): string {
  const more = [
    ...(isRequired ? ["has to be written"] : []),
    ...(isRepeatable ? ["may be written several times"] : []),
    ...(value === undefined ? [] : [`default \`${value}\``]),
    ...(Array.isArray(completes) ? [completes.map((word) => `\`${word}\``).join(", ")] : []),
  ];
  return [plain(summary), ...more].join("; ");
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => `| \`${option.flags}\` | ${about(option)} |`);
  return ["| option | meaning |", "| --- | --- |", ...rows].join("\n");
}

function section(command: Command): string {
  const { name, summary, usage, examples, notes, options = [], reaches } = command;
  const given = (command.arguments ?? []).map((each) => `- \`${each.name}\`: ${plain(each.summary)}`);
  const shown = examples.map(({ command: line, does }) => (does ? `${line}    # ${does}` : line));
  return [
    `### hodei ${name}`,
    `${plain(summary)[0]?.toUpperCase()}${plain(summary).slice(1)}. ${REACHES[reaches]}`,
    `\`\`\`text\n${usage}\n\`\`\``,
    ...(given.length > 0 ? [given.join("\n")] : []),
    ...(options.length > 0 ? [optionTable(options)] : []),
    ...(notes ? [plain(notes)] : []),
    `\`\`\`sh\n${shown.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

const groupOf = ({ name }: Command) => groups.find((group) => name.startsWith(`${group.name} `))?.name;
const links = (some: readonly Command[]) => some.map(({ name }) => `[${name}](#${anchor(name)})`).join(" · ");
const alone = commands.filter((command) => groupOf(command) === undefined);
const grouped = groups.map((group) => ({ ...group, own: commands.filter((each) => groupOf(each) === group.name) }));

const text = `<!-- Written by tools/write-cli.ts from what the command says of itself: change apps/cli/src/commands, then type npm run docs. -->
# The command line

\`npx hodei\` in a checkout, \`hodei\` where it is installed. Every command that reads takes \`--json\`. It ends with 0 when it is done, 1 when it failed, 2 when its words are wrong; \`hodei run\` ends with
the job's own exit code. \`--help\` behind any command shows the same as this page. \`NO_COLOR\` turns colours off, \`--debug\` shows where an error happened.

${[links(alone), ...grouped.map(({ own }) => links(own))].join("\n\n")}

## Which server

${optionTable(serverOptions)}

## Commands

${alone.map(section).join("\n\n")}

${grouped.map(({ name, summary, own }) => `## ${name}: ${plain(summary)}\n\n${own.map(section).join("\n\n")}`).join("\n\n")}
`;

if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  process.stderr.write("docs/cli.md is not what hodei says of itself; mend with: npm run docs\n");
  process.exitCode = 1;
}
