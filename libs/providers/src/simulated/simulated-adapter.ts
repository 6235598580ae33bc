import { createHash } from "node:crypto";
import { SimulatedConfig } from "@hodei/contracts";
import { type FailureCode, isFailureCode } from "@hodei/diagnostics";
import { makeExitQueue } from "../exit-queue.ts";
import { type Provider, type ProviderAdapter, StartError, type WorkerHandle } from "../provider.ts";
import { makeTimerHeap } from "./timer-heap.ts";

/**
 * Runs nothing and reports what its configuration says: for benchmarks, fleets and tests. Nothing outlives its process: after a restart
 * `list` is empty, and a worker that is asked for again starts again, with the same outcome.
 */
export const simulated: ProviderAdapter<SimulatedConfig> = {
  parse: (config) => SimulatedConfig.parse(config),
  open: async (config) => openSimulatedProvider(config),
};

function openSimulatedProvider(config: SimulatedConfig): Provider {
  const exits = makeExitQueue();
  const running = new Map<string, WorkerHandle>();
  /** Starts under way, where a start takes time. */
  const starting = new Map<string, Promise<WorkerHandle>>();
  const closing = new AbortController();
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

  /** The start latency; rejects when the start is given up. */
  async function delay(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cut = AbortSignal.any([signal, closing.signal]);
    const giveUp = () => reject(cut.reason);
    cut.addEventListener("abort", giveUp, { once: true });
    timers.after(config.start_latency_ms, resolve);
    try {
      await promise;
    } finally {
      cut.removeEventListener("abort", giveUp);
    }
  }

  function begin(name: string): WorkerHandle {
    if (chance(config, name, "start") < config.start_failure_rate)
      throw new StartError(startFailure, "simulated start failure");
    const handle: WorkerHandle = { name, resourceId: name, state: "running", adopted: false, startedAt: new Date() };
    running.set(name, handle);
    const exitCode = chance(config, name, "run") < config.failure_rate ? config.exit_code : 0;
    if (config.run_time_ms > 0) timers.after(config.run_time_ms, () => end(name, exitCode));
    else end(name, exitCode);
    return { ...handle, state: "running" };
  }

  return {
    check: async () => ({
      state: config.health,
      ...(config.health !== "healthy" && { code: "PROVIDER_ERROR", detail: "simulated" }),
    }),
    async start({ name }, signal) {
      signal.throwIfAborted();
      const known = running.get(name) ?? starting.get(name);
      if (known) return { ...(await known), adopted: true };
      if (config.start_latency_ms === 0) return begin(name);
      const start = delay(signal).then(() => begin(name));
      starting.set(name, start);
      try {
        return await start;
      } finally {
        starting.delete(name);
      }
    },
    watch: (signal) => exits.watch(signal),
    async *logs() {},
    async stop(name) {
      await starting.get(name)?.catch(() => undefined); // Its caller hears why it did not start.
      end(name, 143);
    },
    async remove(name) {
      if (running.get(name)?.state === "exited") running.delete(name);
    },
    list: async () => [...running.values()],
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("the provider was closed"));
      timers.clear();
    },
  };
}

/** The same number in [0, 1) for the same seed, worker and purpose, so that a run can be repeated. */
function chance({ seed, start_failure_rate, failure_rate }: SimulatedConfig, name: string, purpose: string): number {
  if (start_failure_rate === 0 && failure_rate === 0) return 1;
  return createHash("sha256").update(`${seed} ${purpose} ${name}`).digest().readUInt32BE(0) / 2 ** 32;
}
