import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IMAGE = "hodei-test:busybox-1";
const TOOLS = [
  "sh",
  "echo",
  "sleep",
  "cat",
  "id",
  "env",
  "true",
  "false",
  "kill",
  "dd",
  "head",
  "tail",
  "seq",
  "yes",
  "od",
  "tr",
  "awk",
];
let made = false;

/** A small image made here from a static busybox; the engine has to be there, a test never passes without it. */
export function testImage(): string {
  if (made || isThere()) return IMAGE;
  const root = mkdtempSync(join(tmpdir(), "hodei-test-image-"));
  try {
    mkdirSync(join(root, "bin"));
    mkdirSync(join(root, "tmp"), { mode: 0o1777 });
    cpSync("/bin/busybox", join(root, "bin", "busybox"), { dereference: true });
    for (const tool of TOOLS) symlinkSync("busybox", join(root, "bin", tool));
    execFileSync("sh", ["-c", 'tar -C "$1" -c . | docker import - "$2"', "sh", root, IMAGE], { stdio: "pipe" });
  } catch (error) {
    throw new Error(
      "the Docker tests need an engine that answers and a static busybox: apt-get install docker.io busybox-static, then dockerd",
      { cause: error },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  made = true;
  return IMAGE;
}

function isThere(): boolean {
  try {
    execFileSync("docker", ["image", "inspect", IMAGE], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
