import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { TestCluster } from "@hodei/testing";

const HODEI = fileURLToPath(new URL("../apps/cli/bin/hodei.js", import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `hodei …` while it runs. */
export interface RunningHodei {
  readonly stdout: Readable;
  /** Its end, whenever it is asked for. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

/** `hodei …` as a process, on a test's cluster. */
export function startHodei(cluster: TestCluster, ...args: string[]): RunningHodei {
  const env = {
    ...process.env,
    HODEI_HOME: cluster.home,
    HODEI_DATABASE_URL: cluster.database.url,
    HODEI_NATS_URL: cluster.nats.url,
    NO_COLOR: "1",
  };
  const { stdout, stderr, ...child } = spawnPiped(args, env);
  const ended = Promise.all([child.closed, text(stderr)]).then(([code, said]) => ({ code, stderr: said }));
  return { stdout, ended };
}

/** The same to its end. */
export async function runHodei(cluster: TestCluster, ...args: string[]): Promise<Outcome> {
  const { stdout, ended } = startHodei(cluster, ...args);
  const [printed, { code, stderr }] = await Promise.all([text(stdout), ended]);
  return { code, stdout: printed, stderr };
}

function spawnPiped(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [HODEI, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close").then(([code]) => code as number | null);
  return { stdout: child.stdout, stderr: child.stderr, closed };
}
