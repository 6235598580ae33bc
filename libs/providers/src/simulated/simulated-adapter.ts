import { createHash } from "node:crypto";
import { SimulatedConfig } from "@hodei/contracts";
import { type FailureCode, isFailureCode } from "@hodei/diagnostics";
import { makeExitQueue } from "../exit-queue.ts";
import { type Provider, type ProviderAdapter, StartError, type WorkerHandle } from "../provider.ts";
import { makeTimerHeap } from "./timer-heap.ts";

/** Runs nothing and reports what its configuration says: for benchmarks, fleets and tests. Nothing outlives its process. */
export const simulated: ProviderAdapter<SimulatedConfig> = {
  parse: (config) => SimulatedConfig.parse(config),
  open: async (config) => openSimulatedProvider(config),
};

function openSimulatedProvider(config: SimulatedConfig): Provider {
  const exits = makeExitQueue();
  const running = new Map<string, WorkerHandle>();
  const timers = makeTimerHeap();
  const startFailure: FailureCode = isFailureCode(config.start_failure_code)
    ? config.start_failure_code
    : "PROVIDER_ERROR";

  function end(name: string, exitCode: number): void {
    const handle = running.get(name);
    if (!handle || handle.state === "exited") return;
    handle.state = "exited";
    exits.push({
      name,
      resourceId: name,
      at: new Date(),
      exitCode,
      ...(handle.startedAt && { startedAt: handle.startedAt }),
    });
  }

  return {
    check: async () => ({
      state: config.health,
      ...(config.health !== "healthy" && { code: "PROVIDER_ERROR", detail: "simulated" }),
    }),
    async start(worker) {
      const known = running.get(worker.name);
      if (known) return { ...known, adopted: true };
      if (config.start_latency_ms > 0)
        await new Promise<void>((resolve) => timers.after(config.start_latency_ms, resolve));
      if (chance(config, worker.name, "start") < config.start_failure_rate)
        throw new StartError(startFailure, "simulated start failure");
      const handle: WorkerHandle = {
        name: worker.name,
        resourceId: worker.name,
        state: "running",
        adopted: false,
        startedAt: new Date(),
      };
      running.set(worker.name, handle);
      const exitCode = chance(config, worker.name, "run") < config.failure_rate ? config.exit_code : 0;
      if (config.run_time_ms > 0) timers.after(config.run_time_ms, () => end(worker.name, exitCode));
      else end(worker.name, exitCode);
      return { ...handle, state: "running" };
    },
    watch: (signal) => exits.watch(signal),
    async *logs() {},
    stop: async (name) => end(name, 143),
    remove: async (name) => void running.delete(name),
    list: async () => [...running.values()],
    [Symbol.asyncDispose]: async () => timers.clear(),
  };
}

/** The same number in [0, 1) for the same seed, worker and purpose, so that a run can be repeated. */
function chance({ seed, start_failure_rate, failure_rate }: SimulatedConfig, name: string, purpose: string): number {
  if (start_failure_rate === 0 && failure_rate === 0) return 1;
  return createHash("sha256").update(`${seed} ${purpose} ${name}`).digest().readUInt32BE(0) / 2 ** 32;
}
