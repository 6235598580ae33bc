import { readFileSync } from "node:fs";

/** The most memory a process ever had resident, in MB, from `/proc/<pid>/status`. */
export function peakMemoryMb(pid: number): number {
  return megabytes(pid, "VmHWM");
}

/** What it has now. */
export function residentMb(pid: number): number {
  return megabytes(pid, "VmRSS");
}

function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
  return Number(kilobytes) / 1024;
}
