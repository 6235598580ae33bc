import type { DockerConfig } from "@hodei/contracts";
import { pause } from "@hodei/runtime";
import type Docker from "dockerode";
import type { AdapterContext } from "../../provider.ts";
import { askEngine } from "../ask-engine.ts";
import { detailOf, statusOf } from "../classify-error.ts";
import type { ImagePuller } from "../pull-image.ts";
import { removeWarm, startWarm, type WarmContainer } from "./warm-container.ts";

/** Those who have just taken one are served before it is replaced. */
const REPLACE_AFTER_MS = 100;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Starts of replacements at once: they share the engine with the workers. */
const AT_ONCE = 2;
/** One that ends sooner than this could not even wait: most often its image has no `sh`. */
const SHORTEST_WAIT_MS = 2_000;

/**
 * Containers of the provider's default image, started and empty, so that a worker needs no start. Each belongs to the process that holds its input,
 * so no other can take it; each is used once.
 */
export interface WarmPool extends AsyncDisposable {
  /** Begins to keep so many. */
  open(): void;
  /** One that waits, if there is one; whoever takes it uses it or discards it, and then says `settled`. */
  take(): WarmContainer | undefined;
  /** One that was taken is at work, given back or discarded: replacements are made only while nobody waits for the engine. */
  settled(): void;
  discard(warm: WarmContainer): Promise<void>;
  /** It was not used after all. */
  giveBack(warm: WarmContainer): void;
  has(id: string): boolean;
  /** The engine says that one has ended. */
  ended(id: string): void;
}

export interface WarmPoolOptions {
  docker: Docker;
  config: DockerConfig;
  context: AdapterContext;
  puller: ImagePuller;
}

export function makeWarmPool({ docker, config, context, puller }: WarmPoolOptions): WarmPool {
  const { logger } = context;
  const wanted = config.warm_workers ?? 0;
  const closing = new AbortController();
  const waiting: WarmContainer[] = [];
  /** Ended before we knew that they were started. */
  const endedEarly = new Set<string>();
  /** Being made: their ids are not known yet. */
  let making = 0;
  let failures = 0;
  /** Taken, and not yet at work. */
  let taken = 0;
  let filling: Promise<void> | undefined;
  let isOpen = false;

  function refill(): void {
    if (isOpen && !closing.signal.aborted) filling ??= fill().finally(() => (filling = undefined));
  }

  async function fill(): Promise<void> {
    await pause(REPLACE_AFTER_MS, closing.signal, { ref: false });
    while (!closing.signal.aborted && waiting.length < wanted) {
      if (taken > 0) {
        await pause(REPLACE_AFTER_MS, closing.signal, { ref: false });
        continue;
      }
      const missing = Math.min(AT_ONCE, wanted - waiting.length);
      const results = await Promise.allSettled(Array.from({ length: missing }, add));
      const failed = results.find((result) => result.status === "rejected");
      if (!failed) continue;
      failures += 1;
      if (failures === 1 && !closing.signal.aborted)
        logger.warn(
          { reason: detailOf(failed.reason) },
          "a warm worker could not be started; workers start cold meanwhile",
        );
      await pause(retryMs(failures), closing.signal, { ref: false });
    }
  }

  async function add(): Promise<void> {
    making += 1;
    try {
      const warm = await startOrPull();
      if (closing.signal.aborted) return await removeWarm(docker, warm.id);
      waiting.push(warm);
      if (!warm.isWaiting || endedEarly.delete(warm.id)) dropped(warm);
    } finally {
      making -= 1;
      if (making === 0) endedEarly.clear();
    }
  }

  async function startOrPull(): Promise<WarmContainer> {
    try {
      return await startWarm(docker, config, context);
    } catch (error) {
      if (statusOf(error) !== 404 || !config.default_image) throw error;
      await puller.pull(config.default_image, (line) => logger.debug(line), closing.signal);
      return await startWarm(docker, config, context);
    }
  }

  /** One that nobody took has ended: by itself, by somebody's hand, or with the engine. */
  function dropped(warm: WarmContainer): void {
    waiting.splice(waiting.indexOf(warm), 1);
    const isEarly = performance.now() - warm.begunAt < SHORTEST_WAIT_MS;
    if (isEarly) {
      failures += 1;
      if (failures === 1)
        logger.warn(
          { image: config.default_image },
          "a warm worker ended at once; it needs sh in the default image. Workers start cold meanwhile",
        );
    } else failures = 0;
    void discard(warm);
    if (isEarly) void pause(retryMs(failures), closing.signal, { ref: false }).then(refill);
    else refill();
  }

  async function discard(warm: WarmContainer): Promise<void> {
    warm.input.destroy();
    try {
      await removeWarm(docker, warm.id);
    } catch (error) {
      // The next look at the engine clears it away.
      if (!closing.signal.aborted)
        logger.warn({ reason: detailOf(error) }, "what is left of a warm worker could not be removed");
    }
  }

  return {
    open() {
      isOpen = true;
      if (wanted > 0 && config.default_image) refill();
    },
    take() {
      const index = waiting.findIndex((warm) => warm.isWaiting);
      if (index < 0) return undefined;
      const [warm] = waiting.splice(index, 1);
      failures = 0;
      taken += 1;
      refill();
      return warm;
    },
    settled() {
      taken -= 1;
    },
    discard,
    giveBack(warm) {
      if (closing.signal.aborted || waiting.length >= wanted) void discard(warm);
      else waiting.unshift(warm);
    },
    ended(id) {
      const warm = waiting.find((each) => each.id === id);
      if (warm) dropped(warm);
      else if (making > 0) endedEarly.add(id);
    },
    has: (id) => making > 0 || waiting.some((warm) => warm.id === id),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await filling;
      const left = waiting.splice(0);
      for (const warm of left) warm.input.destroy();
      await Promise.allSettled(left.map((warm) => askEngine(() => removeWarm(docker, warm.id), { timeoutMs: 5_000 })));
    },
  };
}

/** Doubles with each failure in a row. */
function retryMs(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 10));
}
