import { deletePod, removeIfFree } from "./delete-pod.ts";
import type { Kubelet } from "./kubelet.ts";
import type { ObjectStore } from "./object-store.ts";
import { type Node, type Pod, setCondition } from "./objects.ts";
import { disrupt } from "./pod-status.ts";
import type { Timers } from "./timers.ts";

const POD_GC_MS = 100;

/** A node that is gone: its processes end and nobody says so; the taint manager deletes its pods, pod garbage collection gives them their end. */
export function loseNode(
  { store, kubelet, timers }: { store: ObjectStore; kubelet: Kubelet; timers: Timers },
  name: string,
): void {
  const node = store.require<Node>("nodes", undefined, name);
  store.update<Node>("nodes", node, (draft) => {
    draft.status.conditions = setCondition(draft.status.conditions, { type: "Ready", status: "Unknown" });
    draft.spec.taints = [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }];
  });
  for (const pod of store.list<Pod>("pods", ({ spec }) => spec.nodeName === name)) {
    kubelet.lose(pod);
    disrupt(store, pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
    deletePod(store, pod);
    timers.in(POD_GC_MS, () => collect(pod));
  }

  function collect(pod: Pod): void {
    const after = store.update<Pod>("pods", pod, (draft) => {
      draft.status.phase = "Failed";
    });
    if (after) removeIfFree(store, after);
  }
}
