import type { ContainerInspectInfo } from "dockerode";
import { LRUCache } from "lru-cache";
import { makeExitQueue } from "../exit-queue.ts";
import type { WorkerExit } from "../provider.ts";
import { exitOf } from "./container-exit.ts";

/** Containers remembered at most; what was forgotten is told again, which is harmless. */
const REMEMBERED = 10_000;

/** Which containers have ended, and how: each is told once, though the engine says it by an event and again by the look after a reconnect. */
export interface ContainerEnds {
  watch(signal: AbortSignal): AsyncGenerator<WorkerExit>;
  /** A worker that runs here, as far as we know. */
  begun(id: string, name: string): void;
  /** Workers that run here, as far as we know, by their ids. */
  running(): ReadonlyMap<string, string>;
  /** We ask it to end. */
  stopping(id: string): void;
  /** Somebody sent it a signal by way of the engine. */
  killed(id: string, signal: number): void;
  isTold(id: string): boolean;
  /** Its end has been told, or concerns nobody. */
  settle(id: string): void;
  ended(info: ContainerInspectInfo, wasHeard: boolean, failure?: WorkerExit["failure"]): void;
  /** It is gone without an end that anybody saw. */
  vanished(id: string, name: string): void;
}

export function makeContainerEnds(): ContainerEnds {
  const exits = makeExitQueue();
  const told = new LRUCache<string, true>({ max: REMEMBERED });
  const stopped = new LRUCache<string, true>({ max: REMEMBERED });
  const outsideSignals = new LRUCache<string, number>({ max: REMEMBERED });
  const alive = new Map<string, string>();

  function settle(id: string): void {
    told.set(id, true);
    alive.delete(id);
  }

  function tell(exit: WorkerExit): void {
    if (told.has(exit.resourceId)) return;
    settle(exit.resourceId);
    exits.push(exit);
  }

  return {
    watch: (signal) => exits.watch(signal),
    begun(id, name) {
      if (!told.has(id)) alive.set(id, name);
    },
    running: () => new Map(alive),
    stopping: (id) => void stopped.set(id, true),
    killed(id, signal) {
      if (!stopped.has(id)) outsideSignals.set(id, signal);
    },
    isTold: (id) => told.has(id),
    settle,
    ended(info, wasHeard, failure) {
      const wasStopped = stopped.has(info.Id);
      const exit = exitOf(info, { wasHeard, wasStopped, outsideSignal: outsideSignals.get(info.Id) });
      tell({ ...exit, ...(failure && { failure }) });
    },
    vanished(id, name) {
      const detail = "the container was removed from the engine by somebody else";
      tell({ name, resourceId: id, at: new Date(), failure: { code: "WORKER_LOST", detail } });
    },
  };
}
