import type { ObjectStore } from "./object-store.ts";
import { type Condition, type ContainerState, type Pod, setCondition, wireTime } from "./objects.ts";

/** Writes the state of the pod's one container, and the phase that follows from it, as the kubelet does. */
export function writeContainerState(
  store: ObjectStore,
  pod: Pod,
  state: ContainerState,
  status: { phase?: string; reason?: string; message?: string } = {},
): Pod | undefined {
  const [container] = pod.spec.containers;
  return store.update<Pod>("pods", pod, (draft) => {
    const isRunning = state.running !== undefined;
    draft.status.startTime ??= wireTime();
    draft.status.containerStatuses = [
      {
        name: container?.name ?? "",
        image: container?.image ?? "",
        ready: isRunning,
        started: isRunning,
        restartCount: 0,
        state,
      },
    ];
    if (state.terminated) draft.status.phase = state.terminated.exitCode === 0 ? "Succeeded" : "Failed";
    else draft.status.phase = isRunning ? "Running" : "Pending";
    Object.assign(draft.status, status);
  });
}

export function disrupt(store: ObjectStore, pod: Pod, reason: string, message: string): void {
  const condition: Condition = { type: "DisruptionTarget", status: "True", reason, message };
  store.update<Pod>("pods", pod, (draft) => {
    draft.status.conditions = setCondition(draft.status.conditions, condition);
  });
}
