import { readdirSync, readFileSync } from "node:fs";

/** `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  parent: number;
  /** Own time, and that of children that have ended. */
  ticks: number;
}

/** CPU seconds that each process has used, its children included, from `/proc/<pid>/stat`. */
export function cpuSeconds(pids: ReadonlyMap<string, number>): Map<string, number> {
  const all = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readTimes(name)),
  );
  return new Map(
    [...pids].map(([name, pid]) => {
      const children = all.values().filter(({ parent }) => parent === pid);
      const ticks = [all.get(pid), ...children].reduce((sum, times) => sum + (times?.ticks ?? 0), 0);
      return [name, ticks / TICKS_PER_SECOND];
    }),
  );
}

function readTimes(pid: string): [number, ProcessTimes][] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets, and may hold spaces; the fields after it begin with the third.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0] = fields.slice(1);
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
    return [[Number(pid), { parent, ticks }]];
  } catch {
    // It ended while we looked.
    return [];
  }
}
