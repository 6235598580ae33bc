// `npm run proto-current`: the proto files are well kept, break no client of the published API, and what is generated from them is current.
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const GENERATED = join("libs", "api", "src", "gen");
const inProto = (...args: string[]) => execFileSync("buf", args, { cwd: join(ROOT, "proto"), stdio: "inherit" });

const scratch = mkdtempSync(join(tmpdir(), "hodei-proto-"));
try {
  inProto("lint");
  // What clients were built against: made anew at each release with `buf build -o baseline.binpb`.
  inProto("breaking", "--against", "baseline.binpb");
  cpSync(join(ROOT, "proto"), join(scratch, "proto"), { recursive: true });
  execFileSync("buf", ["generate"], { cwd: join(scratch, "proto"), stdio: "inherit" });
  const stale = differences(join(ROOT, GENERATED), join(scratch, GENERATED));
  if (stale.length > 0) {
    process.stderr.write(`not as the proto files say: ${stale.join(", ")}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function differences(one: string, other: string): string[] {
  const files = new Set([one, other].flatMap((folder) => globSync("**/*.{js,ts}", { cwd: folder })));
  return [...files].filter((file) => textOf(join(one, file)) !== textOf(join(other, file)));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It is only on one side: that is a difference.
    return undefined;
  }
}
