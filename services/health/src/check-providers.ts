import { SUBJECTS } from "@hodei/contracts";
import { makeWake, runLoop } from "@hodei/runtime";
import { claimDueChecks, type DueCheck, enrolProviders, secondsToNextCheck } from "@hodei/store";
import { type CheckTools, performCheck } from "./perform-check.ts";

/** Checks under way at once in one instance: a hung provider costs one of them and no more. */
const AT_ONCE = 32;
/** However quiet it is, changed configurations and lost claims are looked for this often. */
const NET_MS = 5_000;
const SHORTEST_WAIT_MS = 50;

/** Runs due checks, each claimed in the database, so that any number of instances share the work (design §6). */
export async function checkProviders(tools: CheckTools, signal: AbortSignal): Promise<void> {
  const { store, bus, instanceId, logger } = tools;
  const wake = makeWake();
  const running = new Set<Promise<void>>();
  let claims = 0;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = Number.POSITIVE_INFINITY;
  let isChanged = true;
  let enrolAt = 0;
  bus.subscribe(
    SUBJECTS.providerChanged,
    () => {
      isChanged = true;
      wake.wake();
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  await runLoop({
    name: "health checks",
    signal,
    idleMs: NET_MS,
    wake,
    onError: (error) => logger.error({ err: error }, "health checks could not be claimed; it is tried again"),
    onRecovered: () => logger.info("health checks are claimed again"),
    step: async () => {
      if (isChanged || performance.now() >= enrolAt) {
        isChanged = false;
        await enrolProviders(store.pool, AT_ONCE);
        enrolAt = performance.now() + NET_MS;
      }
      const free = AT_ONCE - running.size;
      claims += 1;
      const due = free > 0 ? await claimDueChecks(store.pool, `${instanceId}/${claims}`, free) : [];
      for (const check of due) begin(check);
      const seconds = running.size < AT_ONCE ? await secondsToNextCheck(store.pool) : null;
      wakeAt = Number.POSITIVE_INFINITY;
      if (seconds !== null) wakeIn(seconds);
      return false;
    },
  });
  await Promise.all(running);

  /** Wakes the loop then, unless it wakes sooner anyway. */
  function wakeIn(seconds: number): void {
    const at = performance.now() + Math.max(SHORTEST_WAIT_MS, seconds * 1000);
    if (signal.aborted || at >= wakeAt || seconds * 1000 >= NET_MS) return;
    wakeAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => wake.wake(), at - performance.now());
  }

  function begin(due: DueCheck): void {
    const work = performCheck(due, tools)
      .then(({ nextCheckSeconds }) => wakeIn(nextCheckSeconds))
      .catch((error: unknown) =>
        logger.error({ err: error, provider: due.name }, "a health check could not be recorded"),
      )
      .finally(() => {
        const wasFull = running.size >= AT_ONCE;
        running.delete(work);
        if (wasFull) wake.wake();
      });
    running.add(work);
  }
}
