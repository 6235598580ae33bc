import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { TestCluster } from "@hodei/testing";

const HODEI = fileURLToPath(new URL("../apps/cli/bin/hodei.js", import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `hodei …` as a process, on a test's cluster. */
export function startHodei(cluster: TestCluster, ...args: string[]): ChildProcess {
  const env = {
    ...process.env,
    HODEI_HOME: cluster.home,
    HODEI_DATABASE_URL: cluster.database.url,
    HODEI_NATS_URL: cluster.nats.url,
    NO_COLOR: "1",
  };
  return spawn(process.execPath, [HODEI, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The same to its end. */
export async function runHodei(cluster: TestCluster, ...args: string[]): Promise<Outcome> {
  const child = startHodei(cluster, ...args);
  if (!child.stdout || !child.stderr) throw new Error("no pipes");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: code as number | null, stdout, stderr };
}
