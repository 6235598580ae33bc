import { readFileSync } from "node:fs";

/** The most memory a process ever had resident, in MB, from `/proc/<pid>/status`. */
export function peakMemoryMb(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
