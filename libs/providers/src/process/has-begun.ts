import { readFileSync } from "node:fs";

/**
 * Whether a wrapper has come to its command. Before that the command's process is still the shell's own copy, which swallows a SIGTERM:
 * it would then run on. `true` where the system does not tell.
 */
export function hasBegun(wrapperPid: number): boolean {
  const commandLine = (pid: number | string) => readFileSync(`/proc/${pid}/cmdline`, "latin1");
  try {
    const children = readFileSync(`/proc/${wrapperPid}/task/${wrapperPid}/children`, "latin1").trim();
    if (children === "") return false;
    const own = commandLine(wrapperPid);
    // Empty: between the two programs, or ended and soon recorded.
    return children.split(" ").every((pid) => !["", own].includes(commandLine(pid)));
  } catch {
    // No /proc, or one of them has ended meanwhile: nothing to wait for.
    return true;
  }
}
