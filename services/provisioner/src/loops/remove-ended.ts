import { type Backoff, makeBackoff, runLoop, settledWithin, type Wake, pause as wait } from "@hodei/runtime";
import { type Queryable, readLiveWorkers } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import type { ProviderRuntimes } from "../providers/provider-runtimes.ts";
import type { HeldWorker } from "../workers/held-worker.ts";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

const AT_ONCE = 1024;
const IDLE_MS = 60_000;
/** The row is not final the moment an end is told: the report has to reach the selector and its batch to commit first. */
const SETTLE_MS = 500;
/** An end that is not settled after this is told again: its message may be lost. */
const REPORT_AGAIN_MS = 5_000;

const REMOVE_TRIES = 5;

/** A worker stays at its provider while its output is still being read, but not for ever. */
const LONGEST_LOG_MS = 30 * 60_000;

/** Removes ended workers at their provider, each only once its row is final (design I4). Asks only while there are any. */
export async function removeEnded({
  db,
  supervisor,
  runtimes,
  wake,
  logger,
  signal,
}: {
  db: Queryable;
  supervisor: WorkerSupervisor;
  runtimes: ProviderRuntimes;
  wake: Wake;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const backoff = makeBackoff(100, 2_000);
  const toldAt = new Map<string, number>();
  let pause: NodeJS.Timeout | undefined;
  let isDue = false;
  const lookIn = (ms: number) => {
    pause ??= setTimeout(() => {
      pause = undefined;
      isDue = true;
      wake.wake();
    }, ms);
  };
  signal.addEventListener("abort", () => clearTimeout(pause), { once: true });
  await runLoop({
    name: "remove ended",
    signal,
    idleMs: IDLE_MS,
    wake,
    onError: (error) => logger.error({ err: error }, "ended workers could not be looked up; it is tried again"),
    step: async () => {
      // Each end wakes this loop; one look serves all that ended meanwhile.
      if (!isDue) {
        lookIn(SETTLE_MS);
        return false;
      }
      const longAgo = performance.now() - SETTLE_MS;
      const told = [...supervisor.held.values()].filter(isEndTold);
      const ended = told.filter((worker) => worker.endToldAt <= longAgo).slice(0, AT_ONCE);
      const tooNew = told.flatMap((worker) => (worker.endToldAt > longAgo ? [worker.endToldAt] : []));
      const live = await readLiveWorkers(
        db,
        ended.map((worker) => worker.claim),
      );
      // Only now: a look that failed is still due.
      isDue = false;
      let settled = 0;
      for (const worker of ended) {
        if (live.has(worker.claim.name)) {
          tellAgain(worker);
          continue;
        }
        settled += 1;
        toldAt.delete(worker.claim.name);
        supervisor.release(worker.claim.name);
        void remove(worker);
      }
      if (settled > 0) backoff.reset();
      isDue = ended.length === AT_ONCE && settled > 0;
      if (!isDue && settled < ended.length) lookIn(backoff.next());
      // A timer may come a millisecond early.
      else if (!isDue && tooNew.length > 0) lookIn(tooNew.reduce((first, at) => Math.min(first, at)) - longAgo + 2);
      return isDue;
    },
  });

  function tellAgain({ claim }: HeldWorker): void {
    const now = performance.now();
    const last = toldAt.get(claim.name) ?? now;
    toldAt.set(claim.name, last);
    if (now - last < REPORT_AGAIN_MS) return;
    toldAt.set(claim.name, now);
    supervisor.reportAgain(claim.name);
  }

  async function remove({ claim, logsDone }: HeldWorker): Promise<void> {
    if (logsDone) await settledWithin(logsDone, LONGEST_LOG_MS);
    let pauses: Backoff | undefined;
    for (let left = REMOVE_TRIES; !signal.aborted; ) {
      try {
        const { provider } = await runtimes.get(claim.providerId);
        return await provider.remove(claim.name);
      } catch (error) {
        left -= 1;
        if (left === 0) {
          // Reconciling finds it.
          logger.warn({ err: error, worker: claim.name }, "what is left of a worker could not be removed");
          return;
        }
        pauses ??= makeBackoff(1_000, 8_000);
        await wait(pauses.next(), signal, { ref: false });
      }
    }
  }
}

function isEndTold(worker: HeldWorker): worker is HeldWorker & { endToldAt: number } {
  return worker.endToldAt !== undefined;
}
