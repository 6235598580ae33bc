import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IMAGE = "hodei-demo:busybox";
const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"];
const TOOLS = ["sh", "echo", "sleep", "id", "cat", "true", "false"];

/** An image that the demo makes itself, so that nothing has to be pulled; `undefined`, with the reason, when there is no engine or no busybox. */
export function importDockerImage(say: (line: string) => void): string | undefined {
  try {
    execFileSync("docker", ["version", "--format", "{{.Server.Version}}"], { stdio: "ignore", timeout: 5_000 });
  } catch {
    say("docker is left out: no engine answers here");
    return undefined;
  }
  if (isThere()) return IMAGE;
  const busybox = BUSYBOX.find((path) => existsSync(path));
  if (!busybox) {
    say("docker is left out: there is no static busybox to make an image of (apt-get install busybox-static)");
    return undefined;
  }
  const root = mkdtempSync(join(tmpdir(), "hodei-image-"));
  try {
    mkdirSync(join(root, "bin"));
    cpSync(busybox, join(root, "bin", "busybox"), { dereference: true });
    for (const tool of TOOLS) symlinkSync("busybox", join(root, "bin", tool));
    execFileSync("sh", ["-c", 'tar -C "$1" -c . | docker import - "$2"', "sh", root, IMAGE], {
      stdio: "ignore",
      timeout: 30_000,
    });
    return IMAGE;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function isThere(): boolean {
  try {
    execFileSync("docker", ["image", "inspect", IMAGE], { stdio: "ignore", timeout: 5_000 });
    return true;
  } catch {
    // Not made yet.
    return false;
  }
}
