import type { EndFollower } from "./follow-ends.ts";
import { openLimit } from "./open-limit.ts";
import type { PodView } from "./views.ts";
import type { WorkerCache, WorkerView } from "./worker-cache.ts";
import { hasEnded, hasRun } from "./worker-end.ts";
import type { WorkerObjects } from "./worker-objects.ts";

const LEAST_GRACE_SECONDS = 1;
/** Longest that a removal waits for a stop that is under way. */
const STOPPING_MS = 60_000;

export interface StopParts {
  objects: WorkerObjects;
  cache: WorkerCache;
  ends: EndFollower;
}

/**
 * Ends a worker so that its last lines and its exit code can still be read, whenever somebody comes to read them: its pod is given a
 * deadline that is over. The kubelet then ends it in order (SIGTERM, the grace of its template, SIGKILL) and keeps pod, status and output,
 * as it does for a pod that ends by itself; `backoffLimit` 0 lets no other take its place. Every other way takes the pod away once it has
 * ended, and its output with it: deleting or suspending the Job, and the Job's own deadline, delete the pod, with a grace that cannot be
 * chosen any more.
 *
 * The pod is deleted, with the least grace there is, where it has not ended within the grace of this very stop; that grace is 1 s, since
 * with 0 the API forgets the pod while its process runs on. A worker whose command has not begun has nothing to be read: its Job goes.
 */
export async function stopWorker(
  parts: StopParts,
  name: string,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { objects, ends } = parts;
  const view = await current(parts, name);
  if (!view?.job || hasEnded(view)) return;
  ends.stopping(view.job.uid);
  if (!view.pod || !hasRun(view.pod)) return await objects.deleteJob(view.job);
  if (graceSeconds > 0) {
    await objects.expirePod(view.pod);
    if (await endsWithin(parts, view.pod, graceSeconds * 1000, signal)) return;
  }
  await objects.deletePod(view.pod, LEAST_GRACE_SECONDS);
}

/** False once the time is over; true as well when nobody waits any more. */
async function endsWithin(
  { cache }: StopParts,
  pod: PodView,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  using limit = openLimit(timeoutMs, signal);
  for (;;) {
    const view = cache.get(pod.worker);
    if (signal.aborted || view?.pod?.uid !== pod.uid || hasEnded(view)) return true;
    if (limit.signal.aborted) return false;
    await cache.changed(pod.worker, limit.signal);
  }
}

/** Deletes the Job of an ended worker, and with it Pod and Secret. One that is being stopped has its time to end. */
export async function removeWorker(parts: StopParts, name: string, signal: AbortSignal): Promise<void> {
  const { objects, cache, ends } = parts;
  const known = cache.get(name);
  // Its end may be known by the API before the watches tell it.
  let view = known && hasEnded(known) ? known : await objects.find(name);
  if (view?.job && view.pod && !hasEnded(view) && ends.isStopping(view.job.uid)) {
    await endsWithin(parts, view.pod, STOPPING_MS, signal);
    view = await objects.find(name);
  }
  if (!view?.job || !hasEnded(view)) return;
  ends.forget(view.job.uid);
  await objects.deleteJob(view.job);
}

/** The watches' word where it says enough, else the API's own: a stop right after a start must find what was started. */
async function current(
  { objects, cache }: Pick<StopParts, "objects" | "cache">,
  name: string,
): Promise<WorkerView | undefined> {
  const known = cache.get(name);
  return known?.job && known.pod && (hasEnded(known) || hasRun(known.pod)) ? known : await objects.find(name);
}
