import { readdirSync, readFileSync } from "node:fs";

/** Kills every process whose environment names a sandbox's address: what a command started, in whatever group or session it is. */
export function killMarked(address: string): void {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`AWS_LAMBDA_RUNTIME_API=${address}`))
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone meanwhile, or not ours to see.
    }
  }
}
