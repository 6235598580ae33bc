import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

/** What the figures were measured on: size and versions, nothing that names a machine. */
export interface Machine {
  cores: number;
  memoryGiB: number;
  node: string;
  natsServer: string;
  /** Processes that wanted to run in the minute before: what else the machine was doing. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    natsServer: versionIn(execFileSync("nats-server", ["--version"], { encoding: "utf8" })),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

function versionIn(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? "unknown";
}
