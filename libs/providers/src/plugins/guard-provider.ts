import type { LogChunk, Provider, WorkerExit } from "../provider.ts";
import { within } from "../within.ts";
import { ChunkAnswer, checkAnswer, ExitAnswer, HandleAnswer, HealthAnswer } from "./answers.ts";
import { asOurs, asPlugin, type PluginOwner } from "./plugin-context.ts";

/** What a call may take that has no signal, or does not heed it. */
const CALL_TIMEOUT_MS = 30_000;
/** A start honours its signal, which carries the job's own limit; this is the net under it. */
const START_TIMEOUT_MS = 3_600_000;

/**
 * A plug-in's provider as the services use it: whatever it does, throws or answers stays its own. Each call ends in time, each answer is
 * looked at, what it throws is thrown by the call, and what it throws elsewhere is known to be its own (`answerForPlugin`).
 */
export function guardProvider(provider: Provider, owner: PluginOwner): Provider {
  /** Runs a call; one that throws instead of rejecting rejects. */
  function call<T>(work: () => Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
    return within(
      asPlugin(owner, async () => await work()),
      timeoutMs,
      signal,
    );
  }

  return {
    check: async (signal) =>
      checkAnswer("check", HealthAnswer, await call(() => provider.check(signal), CALL_TIMEOUT_MS, signal)),
    async start(worker, signal) {
      const own = { ...worker, progress: asOurs(worker.progress), announce: asOurs(worker.announce) };
      const handle = await call(() => provider.start(own, signal), START_TIMEOUT_MS, signal);
      return checkAnswer("start", HandleAnswer, handle);
    },
    async *watch(signal) {
      for await (const exit of follow(() => provider.watch(signal), owner, signal)) yield endOf(exit);
    },
    async *logs(name, position, signal) {
      for await (const chunk of follow(() => provider.logs(name, position, signal), owner, signal))
        yield checkAnswer<LogChunk>("logs", ChunkAnswer, chunk);
    },
    stop: (name, graceSeconds) => call(() => provider.stop(name, graceSeconds), CALL_TIMEOUT_MS + graceSeconds * 1000),
    remove: (name) => call(() => provider.remove(name), CALL_TIMEOUT_MS),
    async list(signal) {
      const handles = await call(() => provider.list(signal), CALL_TIMEOUT_MS, signal);
      if (!Array.isArray(handles)) throw new Error("list of the plug-in answered no list");
      return handles.map((handle) => checkAnswer("list", HandleAnswer, handle));
    },
    [Symbol.asyncDispose]: () => call(async () => await provider[Symbol.asyncDispose](), CALL_TIMEOUT_MS),
  };

  /** An end that is told wrongly is still an end: its job must not wait for another. */
  function endOf(exit: WorkerExit): WorkerExit {
    try {
      return checkAnswer("watch", ExitAnswer, exit);
    } catch (error) {
      if (typeof exit?.name !== "string") throw error;
      const detail = error instanceof Error ? error.message : String(error);
      return { name: exit.name, resourceId: exit.name, at: new Date(), failure: { code: "PROVIDER_ERROR", detail } };
    }
  }
}

/** What a plug-in's generator yields, until the signal aborts, whether the generator heeds it or not. */
async function* follow<T>(open: () => AsyncIterable<T>, owner: PluginOwner, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = asPlugin(owner, () => open()[Symbol.asyncIterator]());
  const { promise: aborted, resolve } = Promise.withResolvers<{ done: true; value: undefined }>();
  const end = () => resolve({ done: true, value: undefined });
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  try {
    while (true) {
      const next = asPlugin(owner, async () => await iterator.next());
      const step = await Promise.race([next, aborted]);
      if (step.done) {
        // The generator may still be on its way; what it throws then has nobody to hear it.
        next.catch(() => undefined);
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener("abort", end);
    // Not awaited: a generator that hangs must not hold up who leaves it.
    asPlugin(owner, async () => await iterator.return?.()).catch(() => undefined);
  }
}
