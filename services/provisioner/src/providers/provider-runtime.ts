import { join } from "node:path";
import { type AdapterRegistry, type Provider, StartError, type WorkerExit } from "@hodei/providers";
import { type Breaker, makeBreaker } from "@hodei/runtime";
import type { ProviderSource } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { LRUCache } from "lru-cache";
import { makeStartQueue, type StartQueue } from "./start-queue.ts";

/** An open provider with its own queue and its own watch: what hangs here blocks nobody else. */
export interface ProviderRuntime extends AsyncDisposable {
  readonly source: ProviderSource;
  readonly provider: Provider;
  readonly queue: StartQueue;
  /** Opens when the provider cannot be reached several times in a row: then its jobs move on at once instead of waiting for it. */
  readonly breaker: Breaker;
  /** An end that was seen before anybody here held its worker. */
  takeEarlyExit(name: string): WorkerExit | undefined;
}

export interface ProviderRuntimeOptions {
  adapters: AdapterRegistry;
  clusterId: string;
  home: string;
  logger: Logger;
  /** Called for each end; false = nobody here holds that worker. */
  onExit: (exit: WorkerExit) => boolean;
}

/** Starts at once where the configuration does not say. One of Kubernetes lasts until its pod runs, and costs nothing while it waits. */
const START_CONCURRENCY: Readonly<Record<string, number>> = {
  process: 16,
  docker: 8,
  kubernetes: 256,
  lambda: 64,
  simulated: 1_000_000,
};
/** Ends of workers that nobody holds (yet), at most; older ones are found again by listing. */
const EARLY_EXITS = 10_000;

export async function openProviderRuntime(
  source: ProviderSource,
  options: ProviderRuntimeOptions,
): Promise<ProviderRuntime> {
  const { adapters, clusterId, home, onExit } = options;
  const logger = options.logger.child({ provider: source.name });
  const provider = await adapters.open(source.providerType, source.config, {
    providerId: source.id,
    providerName: source.name,
    clusterId,
    stateDirectory: join(home, "providers", source.id),
    logger,
  });
  const closing = new AbortController();
  const earlyExits = new LRUCache<string, WorkerExit>({ max: EARLY_EXITS });
  const watching = watch(provider, closing.signal, logger, (exit) => {
    if (!onExit(exit)) earlyExits.set(exit.name, exit);
  });
  return {
    source,
    provider,
    queue: makeStartQueue(concurrencyOf(source)),
    breaker: makeBreaker({
      counts: (error) => error instanceof StartError && error.code === "UNREACHABLE",
      onChange: (state) => logger.warn({ breaker: state }, `starts at ${source.name}: breaker ${state}`),
    }),
    takeEarlyExit(name) {
      const exit = earlyExits.get(name);
      earlyExits.delete(name);
      return exit;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watching;
      await provider[Symbol.asyncDispose]();
    },
  };
}

function concurrencyOf({ providerType, config }: ProviderSource): number {
  const configured =
    typeof config === "object" && config !== null && "start_concurrency" in config
      ? config.start_concurrency
      : undefined;
  return typeof configured === "number" ? configured : (START_CONCURRENCY[providerType] ?? 8);
}

const WATCH_AGAIN_MS = 1_000;

async function watch(
  provider: Provider,
  signal: AbortSignal,
  logger: Logger,
  onExit: (exit: WorkerExit) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const exit of provider.watch(signal)) onExit(exit);
    } catch (error) {
      logger.error({ err: error }, "watching the workers failed; it is started again");
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, WATCH_AGAIN_MS));
  }
}
