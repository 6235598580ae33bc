import { spawn } from "node:child_process";

/**
 * Sees to it that what a test started ends with the test's process, even when that is killed by SIGKILL and cleans nothing up: a shell that waits
 * for the end of a pipe that only this process holds. Folders are removed afterwards.
 * @returns calls it off: the process has been stopped in an orderly way
 */
export function endWithParent(pid: number, { signal = "KILL", folders = [] as readonly string[] } = {}): () => void {
  // What comes first: a line (called off), or the end of the pipe (the parent is gone).
  const script = `
    read -r line && exit 0
    kill -s "$1" "$2" 2>/dev/null
    for try in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$2" 2>/dev/null || break; sleep 0.2; done
    kill -s KILL "$2" 2>/dev/null
    shift 2; for folder in "$@"; do rm -rf -- "$folder"; done`;
  const watcher = spawn("sh", ["-c", script, "sh", signal, String(pid), ...folders], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.unref();
  // A watcher that is gone already has nothing to be told.
  watcher.stdin.on("error", () => undefined);
  return () => watcher.stdin.end("called off\n");
}
