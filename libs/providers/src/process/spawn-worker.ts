import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { currentBootId, processIdentity } from "@hodei/runtime";
import type { WorkerFolder } from "./worker-folder.ts";

/**
 * Runs the command in a process group of its own and records how it ended, so that the end is known even while no provisioner lives.
 * The job's words are arguments ("$@"), never part of the script. `set -C` makes `started` exclusively: a second start changes nothing.
 * The trap keeps the wrapper alive through a SIGTERM to the group; the command itself gets the default back.
 */
const WRAPPER = `d=$1 b=$2; shift 2
set -C; { echo "$$ $b" > "$d/started"; } 2>/dev/null || exit 0; set +C
trap : TERM INT HUP
"$@"
code=$?
echo "$code" > "$d/exit"
exit "$code"`;

/** Variables that a worker has from Hodei's own environment; everything else is its job's. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG"] as const;

export function workerEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = INHERITED.flatMap((key) =>
    process.env[key] === undefined ? [] : [[key, process.env[key]] as const],
  );
  return { ...Object.fromEntries(inherited), ...own } as Record<string, string>;
}

/** Starts the wrapper; answers it with the identity of its process. @throws when the system cannot start a process */
export async function spawnWorker(
  folder: WorkerFolder,
  command: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<{ child: ChildProcess; identity: string }> {
  const stdout = openSync(folder.file("stdout"), "a", 0o600);
  const stderr = openSync(folder.file("stderr"), "a", 0o600);
  try {
    const child = spawn("/bin/sh", ["-c", WRAPPER, "hodei", folder.path, currentBootId(), ...command], {
      detached: true,
      cwd,
      env,
      stdio: ["ignore", stdout, stderr],
    });
    const { pid } = child;
    if (pid === undefined) throw await new Promise<Error>((resolve) => child.once("error", resolve));
    child.unref();
    return { child, identity: processIdentity(pid) ?? `${pid}:0:${currentBootId()}` };
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}
