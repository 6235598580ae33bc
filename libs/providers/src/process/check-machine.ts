import { spawn } from "node:child_process";
import { arch, availableParallelism, totalmem } from "node:os";
import type { Capabilities } from "@hodei/contracts";
import type { Health } from "../provider.ts";

const CHECK_TIMEOUT_MS = 5_000;

/** Healthy = a process can be started and ends well. */
export async function checkMachine(signal: AbortSignal): Promise<Health> {
  const { promise, resolve } = Promise.withResolvers<Health>();
  const fail = (detail: string) => resolve({ state: "unhealthy", code: "PROVIDER_ERROR", detail });
  const child = spawn("/bin/sh", ["-c", ":"], { stdio: "ignore", timeout: CHECK_TIMEOUT_MS, signal });
  child.once("error", (error) => fail(error.message));
  child.once("exit", (code) => {
    if (code === 0) resolve({ state: "healthy", capabilities: machineCapabilities() });
    else fail(`a test process ended with ${code ?? "a signal"}`);
  });
  return await promise;
}

/** This machine, or the part of it that we were given; architectures by Kubernetes' names. */
function machineCapabilities(): Capabilities {
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const all = { cpuMillis: availableParallelism() * 1000, memoryBytes };
  return { architecture: arch() === "x64" ? "amd64" : arch(), perWorker: all, total: all };
}
