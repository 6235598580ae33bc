import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findFreePort } from "@hodei/local-cluster";
import { endWithBench } from "./end-with-bench.ts";

/** What differs from the defaults: https://docs.bullmq.io/guide/going-to-production asks for the append-only file and for no eviction. */
export const REDIS_SETTINGS = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"];

/** A real Redis of the benchmark's own, on loopback, its data in a folder of its own. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "hodei-bench-redis-"));
  const port = await findFreePort(6379);
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...REDIS_SETTINGS];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ending = endWithBench(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  await untilReady(child);
  return {
    port,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      ending[Symbol.dispose]();
      const exit = once(child, "exit");
      child.kill();
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (!child.stdout) throw new Error("redis-server has no output");
  const lines = createInterface({ input: child.stdout });
  const failed = Promise.withResolvers<never>();
  child.once("error", (cause) => failed.reject(new Error("type: sudo apt-get install redis-server", { cause })));
  child.once("exit", (code) => failed.reject(new Error(`redis-server ended with ${code}`)));
  const ready = new Promise<void>((resolve) => {
    lines.on("line", (line) => line.includes("Ready to accept connections") && resolve());
  });
  await Promise.race([ready, failed.promise]);
  // From here on its end is the bench's doing, or seen by whoever is connected.
  failed.promise.catch(() => undefined);
}
