import type { ObjectStore } from "./object-store.ts";
import { isOver, type Pod, wireTime } from "./objects.ts";

const DEFAULT_GRACE_SECONDS = 30;

/**
 * What `DELETE` does to a pod: it is marked, and the kubelet ends it within its grace; only then it goes, and not before the last finalizer.
 * One that no node has, or that is over, waits for nobody; with a grace of 0 the API does not wait for the kubelet.
 */
export function deletePod(store: ObjectStore, pod: Pod, graceSeconds?: number): void {
  const current = store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
  if (!current) return;
  const isHeld = current.spec.nodeName !== undefined && !isOver(current);
  const grace = isHeld ? (graceSeconds ?? current.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) : 0;
  const marked = store.update<Pod>("pods", current, (draft) => {
    const earlier = draft.metadata.deletionGracePeriodSeconds;
    if (earlier !== undefined && earlier <= grace) return;
    draft.metadata.deletionTimestamp = wireTime(new Date(Date.now() + grace * 1000));
    draft.metadata.deletionGracePeriodSeconds = grace;
    // Pod garbage collection gives a pod that nothing runs its end.
    if (!draft.spec.nodeName && !isOver(draft)) draft.status.phase = "Failed";
  });
  if (marked && (!isHeld || grace === 0)) removeIfFree(store, marked);
}

/** A marked pod goes once nothing holds it. */
export function removeIfFree(store: ObjectStore, pod: Pod): void {
  if (pod.metadata.deletionTimestamp && !pod.metadata.finalizers?.length) store.remove("pods", pod);
}
