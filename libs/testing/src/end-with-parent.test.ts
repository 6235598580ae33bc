import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratchDirectory } from "./scratch-directory.ts";
import { waitFor } from "./wait-for.ts";

const MODULE = fileURLToPath(new URL("./end-with-parent.ts", import.meta.url));

/** A process that starts another, as a test starts a server; `andThen` is its last line of code. */
async function parentWithChild(folder: string, andThen: string) {
  const code = `
    import { spawn } from "node:child_process";
    import { endWithParent } from ${JSON.stringify(MODULE)};
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    child.unref();
    const callOff = endWithParent(child.pid, { folders: [${JSON.stringify(folder)}] });
    console.log(child.pid);
    ${andThen}`;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [pid] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  return { parent, pid: Number(pid) };
}

test("what a test started ends with it, and its folder with that, when the test's process is killed by -9", async () => {
  await using directory = await scratchDirectory();
  const folder = join(directory.path, "store");
  await mkdir(folder);
  const { parent, pid } = await parentWithChild(folder, "setInterval(() => {}, 1000);");
  expect(isRunning(pid)).toBe(true);
  parent.kill("SIGKILL");
  await waitFor("the child to end", () => !isRunning(pid));
  await waitFor("the folder to go", () => !existsSync(folder));
});

test("what was called off is left alone", async () => {
  await using directory = await scratchDirectory();
  const { parent, pid } = await parentWithChild(directory.path, "callOff();");
  if (parent.exitCode === null) await once(parent, "exit");
  try {
    await waitFor("the watcher to end", () => !watcherOf(pid));
    expect(isRunning(pid)).toBe(true);
    expect(existsSync(directory.path)).toBe(true);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

/** A process that has ended but that nobody has waited for yet (Z) does not run. */
function isRunning(pid: number): boolean {
  return /^[^Z]/.test(ps("-o", "stat=", "-p", String(pid)));
}

function watcherOf(pid: number): boolean {
  return ps("-eo", "args=").includes(` sh KILL ${pid} `);
}

function ps(...args: string[]): string {
  try {
    return execFileSync("ps", args, { encoding: "utf8" });
  } catch {
    // ps says by its exit code that there is none.
    return "";
  }
}
