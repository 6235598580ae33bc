import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchDirectory } from "@hodei/testing";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
const RULES = join(ROOT, ".dependency-cruiser.mjs");

interface Verdict {
  summary: {
    violations: { from: string; to: string; comment?: string; rule: { name: string } }[];
    ruleSetUsed: { forbidden: { name: string; comment: string }[] };
  };
}

/** The files of a small house: what is allowed, and one violation of each rule. */
const ALLOWED: Readonly<Record<string, string>> = {
  "libs/contracts/src/index.ts":
    'import { z } from "zod";\nexport const Name = z.string();\nexport interface Shape { a: 1 }',
  "libs/placement/src/index.ts": 'import type { Shape } from "@hodei/contracts";\nexport type Placed = Shape;',
  "libs/store/src/index.ts": 'import "node:fs";\nimport "@hodei/placement";',
  "libs/testing/src/index.ts": 'import "@hodei/store";',
  "libs/providers/src/conformance/suite.ts": 'import "@hodei/testing";',
  "libs/store/test/store.test.ts": 'import "@hodei/testing";\nimport "node:fs";',
  "services/selector/src/main.ts": 'import "./loop.ts";\nimport "@hodei/store";',
  "services/selector/src/loop.ts":
    "export async function loop() { await using it = open(); return it; }\ndeclare function open(): AsyncDisposable;",
  "services/health/src/main.ts": 'export const path = "../../selector/src/main.ts";',
  "apps/cli/src/main.ts": 'import "@hodei/store";',
};
const PLANTED: readonly { rule: string; file: string; text: string; to: string }[] = [
  {
    rule: "pure-stays-pure",
    file: "libs/placement/src/reads-a-file.ts",
    text: 'import { readFileSync } from "node:fs";\nexport { readFileSync };',
    to: "fs",
  },
  {
    rule: "pure-stays-pure",
    file: "libs/contracts/src/logs.ts",
    text: 'export const later = () => import("pino");',
    to: "node_modules/pino/",
  },
  {
    rule: "arrows-of-libs-store",
    file: "libs/store/src/types-only.ts",
    text: 'import type { Bus } from "@hodei/bus";\nexport type Mine = Bus;',
    to: "libs/bus/",
  },
  {
    rule: "services-do-not-meet",
    file: "services/health/src/after-using.ts",
    text: 'export async function f() { await using it = await import("../../selector/src/main.ts"); return it; }',
    to: "services/selector/",
  },
  {
    rule: "apps-do-not-reach-inside",
    file: "apps/cli/src/reaches.ts",
    text: 'export * from "@hodei/selector";',
    to: "services/selector/",
  },
  {
    rule: "nothing-imports-what-runs",
    file: "libs/store/test/imports-a-service.test.ts",
    text: 'import "@hodei/selector";',
    to: "services/selector/",
  },
  {
    rule: "testing-is-for-tests",
    file: "libs/store/src/tests-in-product.ts",
    text: 'import "@hodei/testing";',
    to: "libs/testing/",
  },
  {
    rule: "product-knows-no-test",
    file: "libs/providers/src/runs-the-suite.ts",
    text: 'import "./conformance/suite.ts";',
    to: "libs/providers/src/conformance/",
  },
  {
    rule: "by-name-not-by-path",
    file: "libs/placement/src/by-path.ts",
    text: 'import "../../contracts/src/index.ts";',
    to: "libs/contracts/",
  },
  {
    rule: "no-cycles",
    file: "libs/store/src/circle.ts",
    text: 'import "./circle.ts";',
    to: "libs/store/src/circle.ts",
  },
  {
    rule: "found",
    file: "libs/store/src/lost.ts",
    text: 'import "@hodei/contracts/src/index.ts";',
    to: "@hodei/contracts",
  },
];

async function buildHouse(root: string): Promise<void> {
  const files = { ...ALLOWED, "libs/bus/src/index.ts": "export interface Bus { a: 1 }" };
  for (const [path, text] of [...Object.entries(files), ...PLANTED.map(({ file, text }) => [file, text] as const)]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${text}\n`);
  }
  await writeFile(join(root, "package.json"), JSON.stringify({ workspaces: ["libs/*", "services/*", "apps/*"] }));
  await mkdir(join(root, "node_modules/@hodei"), { recursive: true });
  for (const directory of globSync("{libs,services,apps}/*", { cwd: root })) {
    const name = directory.split("/")[1] ?? "";
    const entry = `./src/${directory.startsWith("libs") ? "index" : "main"}.ts`;
    const manifest = { name: `@hodei/${name}`, exports: { ".": entry } };
    await writeFile(join(root, directory, "package.json"), JSON.stringify(manifest));
    await symlink(join(root, directory), join(root, "node_modules/@hodei", name));
  }
  for (const name of ["zod", "pino"]) await symlink(join(ROOT, "node_modules", name), join(root, "node_modules", name));
}

function cruise(cwd: string): Promise<Verdict> {
  const args = [PROGRAM, "--config", RULES, "--output-type", "json", "libs", "services", "apps"];
  return new Promise((resolve, reject) => {
    // Its exit code is the number of violations, which the JSON says too; what is no JSON is what went wrong.
    execFile(process.execPath, args, { cwd, timeout: 30_000, maxBuffer: 64 << 20 }, (_, stdout, stderr) => {
      if (stdout.startsWith("{")) resolve(JSON.parse(stdout) as Verdict);
      else reject(new Error(stderr || stdout));
    });
  });
}

describe("the arrows between packages", async () => {
  await using scratch = await scratchDirectory();
  await buildHouse(scratch.path);
  const { summary } = await cruise(scratch.path);
  const planted = new Set(PLANTED.map(({ file }) => file));

  test.each(PLANTED)("$rule refuses what $file does, and says what to do instead", ({ rule, file, to }) => {
    const violation = summary.violations.find((each) => each.from === file && each.rule.name === rule);
    expect(violation?.to).toContain(to);
    expect(summary.ruleSetUsed.forbidden.find(({ name }) => name === rule)?.comment).toMatch(/\.$/);
  });

  test("refuse nothing that is allowed", () => {
    expect(summary.violations.filter(({ from }) => !planted.has(from))).toEqual([]);
  });

  test("are drawn for every package", () => {
    const rules = summary.ruleSetUsed.forbidden.map(({ name }) => name);
    const packages = globSync("{{libs,services,apps}/*,bench,demo}/package.json", { cwd: ROOT })
      .map((path) => `arrows-of-${dirname(path).replace("/", "-")}`)
      .filter((name) => name !== "arrows-of-libs-testing");
    expect(packages.filter((name) => !rules.includes(name))).toEqual([]);
    expect(packages.length).toBeGreaterThan(10);
  });
});

test("product code asks for no setting that only tests have", () => {
  const files = globSync("{libs,services,apps}/**/*.{ts,js}", { cwd: ROOT, exclude: ["**/node_modules/**"] }).filter(
    (path) => !/^libs\/testing\/|\/conformance\/|(^|\/)test\/|\.test\.ts$/.test(path),
  );
  expect(files.length).toBeGreaterThan(200);
  const asking = files.filter((path) => /HODEI_TEST|VITEST|NODE_ENV/.test(readFileSync(join(ROOT, path), "utf8")));
  expect(asking).toEqual([]);
});
