import { LRUCache } from "lru-cache";
import type { Listed } from "./list-and-watch.ts";
import { type EventView, type JobView, type PodView, type RawObject, viewEvent, viewJob, viewPod } from "./views.ts";

/** What the cluster is known to have of one worker. */
export interface WorkerView {
  name: string;
  /** Of its Job, which may be gone. */
  uid?: string;
  job?: JobView;
  pod?: PodView;
  /** A pod that is gone, as it was last seen. */
  lastPod?: PodView;
}

/** The Jobs and Pods of one provider, as the watches tell them, and the last words of the cluster about each. */
export interface WorkerCache {
  get(name: string): WorkerView | undefined;
  /** The last event about the worker's Job or Pod. */
  lastEvent(view: WorkerView): EventView | undefined;
  /** Resolves at the next change of that worker, or when the signal aborts. */
  changed(name: string, signal: AbortSignal): Promise<void>;
  /** When the last complete list of Jobs was begun, on `performance.now()`; what is not in it was not there then. */
  readonly jobsListedAt: number;
  /** Whether Jobs and Pods have both been listed. */
  readonly isComplete: boolean;
  readonly jobs: Handlers;
  readonly pods: Handlers;
  readonly events: Handlers;
}

interface Handlers {
  onList: (listed: Listed<RawObject>) => void;
  onChange: (raw: RawObject) => void;
  onDelete: (raw: RawObject) => void;
}

/** Events of objects whose start nobody waits for are not asked for again. */
const KEPT_EVENTS = 2_000;

/** @param onChange called after every change of a worker once both kinds are known, and for each worker when they become so */
export function makeWorkerCache(onChange: (view: WorkerView) => void): WorkerCache {
  const workers = new Map<string, WorkerView>();
  const waiting = new Map<string, Set<() => void>>();
  const lastEvents = new LRUCache<string, EventView>({ max: KEPT_EVENTS });
  /** Pod → worker: a long worker's name is cut in its pod's. */
  const workerOfPod = new Map<string, string>();
  let jobsListedAt = Number.NEGATIVE_INFINITY;
  let podsListed = false;

  const isComplete = () => jobsListedAt >= 0 && podsListed;

  function entry(name: string): WorkerView {
    const known = workers.get(name) ?? { name };
    workers.set(name, known);
    return known;
  }

  function changed(view: WorkerView): void {
    wake(view.name);
    if (isComplete()) onChange(view);
    if (!view.job && !view.pod) workers.delete(view.name);
  }

  function wake(name: string): void {
    const woken = waiting.get(name);
    waiting.delete(name);
    for (const resolve of woken ?? []) resolve();
  }

  function setJob(job: JobView): void {
    const view = entry(job.name);
    // A Job of that name made anew is another worker's life: nothing of the old one belongs to it.
    if (view.job && view.job.uid !== job.uid) delete view.lastPod;
    view.job = job;
    view.uid = job.uid;
    changed(view);
  }

  function setPod(pod: PodView): void {
    if (!pod.worker) return;
    workerOfPod.set(pod.name, pod.worker);
    const view = entry(pod.worker);
    view.pod = pod;
    changed(view);
  }

  function dropJob(name: string): void {
    const view = workers.get(name);
    if (!view?.job) return;
    delete view.job;
    changed(view);
  }

  function dropPod(pod: PodView): void {
    workerOfPod.delete(pod.name);
    const view = workers.get(pod.worker);
    if (view?.pod?.uid !== pod.uid) return;
    view.lastPod = pod;
    delete view.pod;
    changed(view);
  }

  /** All that wait look again: what they wait for may have been lost with the old watch, and became known complete with this list. */
  function listed(): void {
    for (const name of waiting.keys()) wake(name);
    if (isComplete()) for (const view of workers.values()) onChange(view);
  }

  return {
    get: (name) => workers.get(name),
    lastEvent: ({ job, pod }) => (pod && lastEvents.get(pod.name)) ?? (job && lastEvents.get(job.name)),
    changed(name, signal) {
      if (signal.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const all = waiting.get(name) ?? new Set();
      waiting.set(name, all.add(resolve));
      const leave = () => {
        all.delete(resolve);
        if (all.size === 0 && waiting.get(name) === all) waiting.delete(name);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      return promise.finally(() => signal.removeEventListener("abort", leave));
    },
    get jobsListedAt() {
      return jobsListedAt;
    },
    get isComplete() {
      return isComplete();
    },
    jobs: {
      onList({ items, begunAt }) {
        const jobs = items.map(viewJob);
        const there = new Set(jobs.map(({ name }) => name));
        jobsListedAt = begunAt;
        for (const { name, job } of [...workers.values()]) if (job && !there.has(name)) dropJob(name);
        for (const job of jobs) setJob(job);
        listed();
      },
      onChange: (raw) => setJob(viewJob(raw)),
      onDelete: (raw) => dropJob(raw.metadata?.name ?? ""),
    },
    pods: {
      onList({ items }) {
        const pods = items.map(viewPod);
        const there = new Set(pods.map(({ uid }) => uid));
        podsListed = true;
        for (const { pod } of [...workers.values()]) if (pod && !there.has(pod.uid)) dropPod(pod);
        for (const pod of pods) setPod(pod);
        listed();
      },
      onChange: (raw) => setPod(viewPod(raw)),
      onDelete: (raw) => dropPod(viewPod(raw)),
    },
    events: {
      onList: ({ items }) => items.forEach(noteEvent),
      onChange: noteEvent,
      onDelete: () => undefined,
    },
  };

  function noteEvent(raw: RawObject): void {
    const event = viewEvent(raw);
    const name = workerOfPod.get(event.object) ?? event.object;
    // The namespace may be shared: what is not about a worker of ours is nobody's business here, but the pod may be heard of later.
    if (!event.object.startsWith("hodei-")) return;
    lastEvents.set(event.object, event);
    wake(name);
  }
}
