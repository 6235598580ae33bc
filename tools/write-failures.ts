// Writes docs/failures.md from the failure catalogue; with --check only says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { ADVICE, CATALOGUE, explainFailure, FAILURE_CODES } from "@hodei/diagnostics";

const FILE = new URL("../docs/failures.md", import.meta.url);

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const quoted = (words: readonly string[]) => words.map((word) => `\`${word}\``).join("<br>");

function failureRow(code: (typeof FAILURE_CODES)[number]): string {
  const { fault, retryElsewhere, symptoms } = CATALOGUE[code];
  const { cause, fix } = explainFailure(code, {});
  return row([`\`${code}\``, quoted(symptoms), cause, fix, fault, retryElsewhere ? "yes" : "no"]);
}

const text = `<!-- Written by tools/write-failures.ts from libs/diagnostics: change it there, then type npm run docs. -->
# Failures, and what to do

A failed attempt, a health check and \`hodei jobs explain\` name one of these codes. "Elsewhere" says whether the job moves to
another provider; a failure of the job itself follows the job's own \`retry\`.

| code | what you see | cause | what to do | whose fault | elsewhere |
| --- | --- | --- | --- | --- | --- |
${FAILURE_CODES.map(failureRow).join("\n")}

## What is no failure of a worker

| what you see | cause | what to do | where to look |
| --- | --- | --- | --- |
${Object.values(ADVICE)
  .map(({ symptoms, cause, fix, look }) => row([quoted(symptoms), cause, fix, `\`${look}\``]))
  .join("\n")}
`;

if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (readFileSync(FILE, "utf8") !== text) {
  process.stderr.write("docs/failures.md is not what libs/diagnostics says; mend with: npm run docs\n");
  process.exitCode = 1;
}
