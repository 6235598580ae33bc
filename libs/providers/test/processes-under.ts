import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Processes of this machine that live in a folder or name it in their arguments, as `pid command`; the ended ones do not count. */
export function processesUnder(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const isThere = command.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return isThere ? [`${pid} ${command.replaceAll("\0", " ")}`] : [];
      } catch {
        // Gone, a zombie, or not ours to see.
        return [];
      }
    });
}
