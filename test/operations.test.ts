import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@hodei/store";
import { scratchDirectory } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HODEI = join(ROOT, "apps/cli/bin/hodei.js");
let home: string;
let env: NodeJS.ProcessEnv;
let store: Store | undefined;
let cleanUp: () => Promise<void> = async () => {};

/** A command of the pages, as a shell of the checkout runs it. */
function sh(command: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", command], { cwd: ROOT, env, timeout: 110_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, output: `${stdout}${stderr}` });
    });
  });
}

beforeAll(async () => {
  const directory = await scratchDirectory();
  home = join(directory.path, "home");
  const bin = join(directory.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "hodei"), `#!/bin/sh\nexec ${process.execPath} ${HODEI} "$@"\n`, { mode: 0o755 });
  env = { ...process.env, HODEI_HOME: home, NO_COLOR: "1", PATH: `${bin}:${process.env["PATH"]}` };
  cleanUp = async () => {
    await store?.[Symbol.asyncDispose]();
    await sh("hodei down");
    await directory[Symbol.asyncDispose]();
  };
  expect(await sh("hodei up")).toMatchObject({ code: 0 });
  Object.assign(env, JSON.parse((await sh("hodei env --json")).output));
  store = await openStore(env["HODEI_DATABASE_URL"] ?? "", { applicationName: "operator" });
  await query(
    `INSERT INTO provider_configs (name, provider_type, config, required_labels) VALUES ('Problem Provider', 'process', '{"type": "process"}', '{"on": "it"}')`,
  );
  env["JOB"] = (await sh("hodei run --detach -- true")).output.trim();
}, 600_000);
afterAll(() => cleanUp(), 60_000);

const query = async (text: string) => (await store?.pool.query(text))?.rows;

const page = (name: string) => readFileSync(join(ROOT, "docs/operations", name), "utf8");
/** The pages' job has a name that a person gives; this one was named by `hodei run`. */
const here = (command: string) => command.replaceAll("nightly-42", env["JOB"] ?? "");

async function expectRuns(command: string, isSql: boolean): Promise<void> {
  if (isSql) {
    await query(command);
    return;
  }
  const { code, output } = await sh(here(command));
  expect([command, code, code === 0 ? "" : output]).toEqual([command, 0, ""]);
}

test.each(["README.md", "troubleshooting.md", "emergency.md"])(
  "every command and statement of docs/operations/%s runs as written",
  async (name) => {
    const blocks = [...page(name).matchAll(/^```(sh|sql)\n([\s\S]*?)^```/gm)];
    expect(blocks.length).toBeGreaterThan(0);
    for (const [, language, text = ""] of blocks) await expectRuns(text.trim(), language === "sql");
  },
  600_000,
);

test("every command of the table in docs/operations/commands.md runs as written", async () => {
  const rows = page("commands.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| you know") && !line.startsWith("| ---"));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const cell = row.split(/(?<!\\) \| /)[1] ?? "";
    const command = (/^`(.*)`$/.exec(cell.trim())?.[1] ?? "").replaceAll("\\|", "|").replaceAll("\\\\", "\\");
    expect([row, command]).not.toEqual([row, ""]);
    await expectRuns(command, command.endsWith(";"));
  }
}, 600_000);

test("the pages leave nothing of the emergency procedures half done: the provider works again", async () => {
  expect(await query("SELECT status FROM provider_configs WHERE name = 'Problem Provider'")).toEqual([
    { status: "ACTIVE" },
  ]);
});
