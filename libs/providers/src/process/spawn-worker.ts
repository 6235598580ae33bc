import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { currentBootId } from "@hodei/runtime";
import type { WorkerFolder } from "./worker-folder.ts";

/**
 * Runs the command in a process group of its own and records how it ended, so that the end is known even while no provisioner lives.
 * The job's words are arguments ("$@"), never part of the script, and the script sets no variable: one of the job's environment could
 * have its name. `$0` is the folder, `$1` the boot id, `$2` the cluster id. `set -C` makes `started` exclusively: a second start changes
 * nothing. The trap keeps the wrapper alive through a SIGTERM to the group; the command itself gets the default back; one that comes
 * before the command is its end.
 * A worker's end is the end of its whole group, as in a container: what it left in the background is killed, after the record.
 */
const WRAPPER = `trap 'echo 143 > "$0/exit"; exit 143' TERM INT HUP
record() { local s; { read -r s < "/proc/$$/stat"; } 2>/dev/null; set -C; echo "$$ $1 $2 $s" > "$0/started"; }
record "$1" "$2" 2>/dev/null || exit 0
set +C; shift 2
trap : TERM INT HUP
"$@"
echo "$?" > "$0/exit"
kill -s KILL 0`;

/** Variables that a worker has from Hodei's own environment; everything else is its job's. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG"] as const;

export function workerEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = INHERITED.flatMap((key) =>
    process.env[key] === undefined ? [] : [[key, process.env[key]] as const],
  );
  return { ...Object.fromEntries(inherited), ...own } as Record<string, string>;
}

export interface SpawnOptions {
  cwd: string;
  env: Record<string, string>;
  clusterId: string;
}

/**
 * Starts the wrapper. The child has no pid when the system could not start a process; its `error` event then says why.
 * @throws the system's error where it refuses at once (E2BIG)
 */
export function spawnWorker(
  folder: WorkerFolder,
  command: readonly string[],
  { cwd, env, clusterId }: SpawnOptions,
): ChildProcess {
  const stdout = openSync(folder.file("stdout"), "a", 0o600);
  try {
    const stderr = openSync(folder.file("stderr"), "a", 0o600);
    try {
      const script = ["-c", WRAPPER, folder.path, currentBootId(), encodeURIComponent(clusterId)];
      const child = spawn("/bin/sh", [...script, ...command], {
        detached: true,
        cwd,
        env,
        stdio: ["ignore", stdout, stderr],
      });
      child.unref();
      return child;
    } finally {
      closeSync(stderr);
    }
  } finally {
    closeSync(stdout);
  }
}
