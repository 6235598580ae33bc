import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const CONSOLE = join(import.meta.dirname, "../../console");

/**
 * Has the console built where it is missing or older than its sources; about two seconds, beside what else starts.
 * Where the tools for it are not installed (an image), it is there already. The cluster works without it: a failure is said and no more.
 */
export async function buildConsole(say: (line: string) => void): Promise<void> {
  const program = join(CONSOLE, "build/build.ts");
  if (!existsSync(program) || !hasTools()) return;
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "ignore", "pipe"] });
  const errors: Buffer[] = [];
  child.stderr.on("data", (data: Buffer) => void errors.push(data));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    say(
      `the console was not built: ${Buffer.concat(errors).toString().trim().split("\n").at(-1)}; type: npm run build -w apps/console`,
    );
}

function hasTools(): boolean {
  try {
    createRequire(join(CONSOLE, "package.json")).resolve("vite");
    return true;
  } catch {
    // Installed without what is for development.
    return false;
  }
}
