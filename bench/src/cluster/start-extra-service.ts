import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findFreePort, NODE_ARGUMENTS, type ServiceName } from "@hodei/local-cluster";
import type { BenchCluster } from "./bench-cluster.ts";
import { endWithBench } from "./end-with-bench.ts";

const READY_MS = 20_000;
const FIRST_PORT = 8_090;

/** One more process of a service, beside the one the cluster has. */
export interface ExtraService extends AsyncDisposable {
  /** `selector 2` */
  readonly name: string;
  readonly pid: number;
}

export async function startExtraService(
  cluster: BenchCluster,
  service: ServiceName,
  ordinal: number,
): Promise<ExtraService> {
  const port = await findFreePort(FIRST_PORT);
  const main = fileURLToPath(new URL(`../../../services/${service}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, main], {
    env: { ...process.env, ...cluster.env, [`HODEI_${service.toUpperCase()}_PORT`]: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ending = endWithBench(() => void child.kill("SIGKILL"));
  await untilReady(`http://127.0.0.1:${port}/readyz`);
  return {
    name: `${service} ${ordinal}`,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
      ending[Symbol.dispose]();
    },
  };
}

async function untilReady(url: string): Promise<void> {
  for (const deadline = performance.now() + READY_MS; performance.now() < deadline; ) {
    // It does not listen yet; that it never does is told below.
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(30);
  }
  throw new Error(`${url} did not get ready`);
}
