import { ADVICE, type AdviceKey } from "@hodei/diagnostics";
import colors from "picocolors";
import { printLine } from "../print.ts";
import type { Finding, Severity } from "./finding.ts";

const SIGNS: Readonly<Record<Severity, string>> = {
  ok: colors.green("✓"),
  note: colors.dim("·"),
  warning: colors.yellow("!"),
  problem: colors.red("✗"),
};
const INDENT = " ".repeat(14);

/** Prints findings for people, one after the other; the same advice is spelled out once. */
export function makeFindingPrinter(): (finding: Finding) => void {
  const said = new Set<AdviceKey>();
  return ({ area, severity, text, cause, fix, commands = [], ways = [], advice = [] }) => {
    printLine(`${SIGNS[severity]} ${area.padEnd(10)}  ${severity === "problem" ? colors.bold(text) : text}`);
    if (severity === "ok") return;
    if (cause && !text.includes(cause)) printLine(`${INDENT}cause: ${cause}`);
    if (fix) printLine(`${INDENT}fix:   ${fix}`);
    for (const { what, command } of ways) printLine(`${INDENT}${what}:\n${INDENT}       ${colors.cyan(command)}`);
    for (const command of commands) printLine(`${INDENT}type:  ${colors.cyan(command)}`);
    for (const key of advice) {
      if (said.has(key) || ADVICE[key].fix === fix) continue;
      said.add(key);
      printLine(`${INDENT}${colors.dim(`also:  ${ADVICE[key].fix}`)}`);
    }
  };
}

/** `2 problems, 1 warning`. */
export function printSummary(findings: readonly Finding[]): void {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const many = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  printLine();
  if (problems + warnings === 0) printLine(colors.green("nothing is wrong"));
  else
    printLine(`${problems > 0 ? colors.red(many(problems, "problem")) : "no problem"}, ${many(warnings, "warning")}`);
}
