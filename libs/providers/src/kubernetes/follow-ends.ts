import { makeBackoff, pause } from "@hodei/runtime";
import { LRUCache } from "lru-cache";
import { makeExitQueue } from "../exit-queue.ts";
import type { AdapterContext, WorkerExit } from "../provider.ts";
import { detailOf } from "./api-error.ts";
import type { WorkerView } from "./worker-cache.ts";
import { exitOfJob, exitOfPod, hasEnded } from "./worker-end.ts";
import type { WorkerObjects } from "./worker-objects.ts";

/** Workers whose end was told, that were stopped, or whose Job was removed; older ones are long forgotten by everybody. */
const REMEMBERED = 20_000;

/** Tells each worker's end once. */
export interface EndFollower {
  /** Looks at a worker that has changed. */
  look(view: WorkerView): void;
  /** Its end will be by our will. */
  stopping(uid: string): void;
  isStopping(uid: string): boolean;
  /** Nothing more is told of it: its start has failed, or it was removed. */
  forget(uid: string): void;
  watch(signal: AbortSignal): AsyncIterable<WorkerExit>;
}

export function followEnds(
  { objects, context }: { objects: WorkerObjects; context: AdapterContext },
  signal: AbortSignal,
): EndFollower {
  const exits = makeExitQueue();
  const told = new LRUCache<string, true>({ max: REMEMBERED });
  const stopped = new LRUCache<string, true>({ max: REMEMBERED });
  const asked = new Set<string>();

  function tell(view: WorkerView, exit: Omit<WorkerExit, "name" | "resourceId">): void {
    const uid = view.uid ?? view.name;
    if (told.has(uid)) return;
    told.set(uid, true);
    exits.push({ name: view.name, resourceId: uid, ...exit });
  }

  function look(view: WorkerView): void {
    const uid = view.uid ?? view.name;
    if (told.has(uid)) return;
    const isStopped = stopped.has(uid);
    const pod = view.pod ?? view.lastPod;
    if (pod && hasEnded({ name: view.name, pod })) tell(view, exitOfPod(view.job, pod, isStopped));
    else if (view.pod) return;
    else if (!view.job) tell(view, goneOf(view, isStopped));
    // Its pod may be there and only its watch be behind: the exit code is worth the question.
    else if (hasEnded(view)) void ask(view.name, uid, isStopped);
  }

  async function ask(name: string, uid: string, isStopped: boolean): Promise<void> {
    if (asked.has(uid)) return;
    asked.add(uid);
    const backoff = makeBackoff(200, 10_000);
    try {
      while (!signal.aborted && !told.has(uid)) {
        try {
          const found = await objects.find(name, signal);
          if (found?.uid !== uid || !found.job) return;
          if (!found.pod) return tell(found, exitOfJob(found.job, isStopped));
          if (hasEnded(found)) return tell(found, exitOfPod(found.job, found.pod, isStopped));
        } catch (error) {
          context.logger.debug({ worker: name, reason: detailOf(error) }, "how a worker ended cannot be asked yet");
        }
        await pause(backoff.next(), signal);
      }
    } finally {
      asked.delete(uid);
    }
  }

  return {
    look,
    stopping: (uid) => void stopped.set(uid, true),
    isStopping: (uid) => stopped.has(uid),
    forget: (uid) => void told.set(uid, true),
    watch: (watching) => exits.watch(watching),
  };
}

function goneOf({ lastPod }: WorkerView, isStopped: boolean): Omit<WorkerExit, "name" | "resourceId"> {
  if (isStopped) return { at: new Date(), failure: { code: "CANCELLED", detail: "stopped before its command began" } };
  const detail = lastPod ? "its Job and its pod were deleted by somebody else" : "its Job was deleted by somebody else";
  return { at: new Date(), failure: { code: "WORKER_LOST", detail } };
}
