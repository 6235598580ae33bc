import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

let bootId: string | undefined;

/** The boot this machine is in: a pid means something only within one. */
export function currentBootId(): string {
  bootId ??= readBootId();
  return bootId;
}

/**
 * `pid:starttime:bootid`, which no other process ever has (design §5.1); `undefined` when there is no such process.
 * Source: proc_pid_stat(5), field 22; elsewhere than on Linux `ps -o lstart`.
 */
export function processIdentity(pid: number): string | undefined {
  const startTime = process.platform === "linux" ? linuxStartTime(pid) : psStartTime(pid);
  return startTime === undefined ? undefined : `${pid}:${startTime}:${currentBootId()}`;
}

/** Whether the process with this identity is still there, and is no zombie. */
export function isAlive(identity: string): boolean {
  const pid = Number(identity.split(":")[0]);
  return Number.isInteger(pid) && pid > 0 && processIdentity(pid) === identity;
}

function linuxStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command name may hold spaces and brackets: what follows its last bracket is regular.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    // No such process: that is the answer.
    return undefined;
  }
}

function psStartTime(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 2000 }).trim();
    return text ? text.replaceAll(/[^A-Za-z0-9]+/g, "-") : undefined;
  } catch {
    // No such process: that is the answer.
    return undefined;
  }
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    // Elsewhere than on Linux the start time alone has to do: it is a date there, not a count since boot.
    return "boot";
  }
}
