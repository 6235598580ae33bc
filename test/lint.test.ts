import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchDirectory } from "@hodei/testing";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Planted {
  rule: string;
  file: string;
  text: string;
}

/** One violation of each rule that is ours, not the linters' default. */
const TYPED: readonly Planted[] = [
  {
    rule: "no-floating-promises",
    file: "services/a/src/thenable.ts",
    text: "interface Query { then(ok: (rows: string[]) => void, no: (error: Error) => void): void }\ndeclare function select(): Query;\nselect();\nexport {};",
  },
  {
    rule: "no-misused-promises",
    file: "services/a/src/misused.ts",
    text: "declare function isThere(): Promise<boolean>;\nexport const answer = isThere() ? 1 : 2;",
  },
  {
    rule: "switch-exhaustiveness-check",
    file: "services/a/src/forgets.ts",
    text: 'export function name(state: "on" | "off"): string {\n  switch (state) {\n    case "on":\n      return "1";\n  }\n  return "";\n}',
  },
  {
    rule: "only-throw-error",
    file: "services/a/src/throws-text.ts",
    text: 'export function f(): never {\n  throw "no";\n}',
  },
  {
    // The walker of the arrows does not see this form.
    rule: "consistent-type-imports",
    file: "services/a/src/hides-an-arrow.ts",
    text: 'export type Hidden = import("./forgets.ts").name;',
  },
  {
    rule: "no-restricted-globals",
    file: "libs/placement/src/reads-the-clock.ts",
    text: "export const now = () => new Date();",
  },
  {
    rule: "no-restricted-properties",
    file: "libs/lifecycle/src/plays-dice.ts",
    text: "export const dice = () => Math.random();",
  },
  {
    rule: "no-restricted-imports",
    file: "libs/diagnostics/src/reads-a-file.ts",
    text: 'import { readFileSync } from "node:fs";\nexport const read = () => readFileSync("a");',
  },
];
const PLAIN: readonly Planted[] = [
  { rule: "useFilenamingConvention", file: "libs/a/src/camelCase.ts", text: "export const a = 1;" },
  { rule: "noUndeclaredDependencies", file: "libs/a/src/undeclared.ts", text: 'export * as pg from "pg";' },
  { rule: "noExcessiveLinesPerFile", file: "libs/a/src/long.ts", text: "export const a = 1;\n".repeat(201) },
  { rule: "useImportExtensions", file: "libs/a/src/no-ending.ts", text: 'export * as long from "./long";' },
  {
    rule: "noImportCycles",
    file: "libs/a/src/egg.ts",
    text: 'import { hen } from "./hen.ts";\nexport const egg = () => hen;',
  },
  {
    rule: "useMaxParams",
    file: "libs/a/src/many.ts",
    text: "export function six(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1) {\n  return [a, b, c, d, e, f];\n}",
  },
];
const CLEAN: readonly Planted[] = [
  { rule: "", file: "services/a/src/clean.ts", text: "export const now = () => new Date(Math.random());" },
  { rule: "", file: "libs/a/src/hen.ts", text: 'import { egg } from "./egg.ts";\nexport const hen = () => egg;' },
];

/** What a linter prints, whatever its exit code says. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const path = [join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(":");
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: 60_000, env: { ...process.env, PATH: path } }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

describe("what the linters are for", async () => {
  await using scratch = await scratchDirectory();
  const { path } = scratch;
  for (const { file, text } of [...TYPED, ...PLAIN, ...CLEAN]) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), `${text}\n`);
  }
  for (const name of ["biome.json", ".oxlintrc.json", "tsconfig.json"])
    await copyFile(join(ROOT, name), join(path, name));
  await writeFile(join(path, "package.json"), '{ "name": "house" }');
  await writeFile(join(path, "libs/a/package.json"), '{ "name": "a" }');
  await symlink(join(ROOT, "node_modules"), join(path, "node_modules"));
  const typed = await run("oxlint", ["--type-aware", "--format=unix"], path);
  const plain = await run("biome", ["lint", "--max-diagnostics=200", "--reporter=github", "."], path);

  test.each(TYPED)("$rule finds $file", ({ rule, file }) => {
    expect(typed.split("\n").filter((line) => line.startsWith(file) && line.includes(rule))).not.toEqual([]);
  });

  test.each(PLAIN)("$rule finds $file", ({ rule, file }) => {
    expect(plain.split("\n").filter((line) => line.includes(file) && line.includes(rule))).not.toEqual([]);
  });

  test("a service may read the clock and play dice", () => {
    expect(`${typed}${plain}`).not.toContain("services/a/src/clean.ts");
  });
});
