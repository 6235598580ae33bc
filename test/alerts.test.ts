import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const RULES = globSync("deploy/prometheus/rules/*.yml", { cwd: ROOT });

async function promtool(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run("promtool", args, { cwd: ROOT });
  return stdout + stderr;
}

test("the alert rules are what Prometheus understands", async () => {
  expect(RULES.length).toBeGreaterThan(0);
  expect(await promtool("check", "rules", ...RULES)).not.toContain("FAILED");
});

test("each alert fires when it should, with words that say what to do, and only then", async () => {
  const tests = globSync("deploy/prometheus/tests/*.yml", { cwd: ROOT });
  expect(await promtool("test", "rules", ...tests)).toContain("SUCCESS");
  const tested = tests.map((path) => readFileSync(`${ROOT}${path}`, "utf8")).join("\n");
  for (const [, alert] of textOfRules().matchAll(/- alert: (\w+)/g))
    expect(tested).toMatch(new RegExp(`alertname: ${alert}\\s+exp_alerts:\\s+- exp_labels`));
});

test("each alert leads to a section that is there", () => {
  const runbooks = [...textOfRules().matchAll(/runbook: (\S+)#(\S+)/g)];
  expect(runbooks.length).toBe([...textOfRules().matchAll(/- alert: /g)].length);
  for (const [, page = "", anchor] of runbooks) {
    expect(existsSync(`${ROOT}${page}`), `${page} is there`).toBe(true);
    const headings = [...readFileSync(`${ROOT}${page}`, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(headings).toContain(anchor);
  }
});

function textOfRules(): string {
  return RULES.map((path) => readFileSync(`${ROOT}${path}`, "utf8")).join("\n");
}
