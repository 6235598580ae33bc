import type { Change, ObjectStore } from "./object-store.ts";
import { isOver, type Node, type Pod, setCondition } from "./objects.ts";
import { amountOf } from "./quantities.ts";
import { recordEvent } from "./record-event.ts";

/** The scheduler: binds each pod to a node that fits, or says of each node why it does not. */
export function runScheduler(store: ObjectStore): () => void {
  return store.subscribe(({ type, resource, object }: Change) => {
    if (resource === "pods" && type === "ADDED") place(object as Pod);
    const mayHelp = resource === "nodes" || (resource === "pods" && (type === "DELETED" || isOver(object as Pod)));
    if (!mayHelp) return;
    for (const pod of store.list<Pod>("pods", (each) => !each.spec.nodeName && !isOver(each))) place(pod);
  });

  function place(pod: Pod): void {
    if (pod.spec.nodeName || pod.metadata.deletionTimestamp) return;
    const nodes = store.list<Node>("nodes");
    const refusals = nodes.map((node) => refusalsOf(node, pod));
    const fit = refusals.findIndex((reasons) => reasons.length === 0);
    const node = nodes[fit];
    if (node) return bind(pod, node.metadata.name);
    const counts = Map.groupBy(refusals.flat(), (reason) => reason);
    const words = [...counts].map(([reason, all]) => `${all.length} ${reason}`).join(", ");
    const message = `0/${nodes.length} nodes are available: ${words || "no nodes available to schedule pods"}. preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`;
    store.update<Pod>("pods", pod, (draft) => {
      draft.status.conditions = setCondition(draft.status.conditions, {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message,
      });
    });
    recordEvent(store, pod, { type: "Warning", reason: "FailedScheduling", message, from: "default-scheduler" });
  }

  function bind(pod: Pod, node: string): void {
    store.update<Pod>("pods", pod, (draft) => {
      draft.spec.nodeName = node;
      draft.status.conditions = setCondition(draft.status.conditions, { type: "PodScheduled", status: "True" });
    });
    const { namespace, name } = pod.metadata;
    const message = `Successfully assigned ${namespace}/${name} to ${node}`;
    recordEvent(store, pod, { type: "Normal", reason: "Scheduled", message, from: "default-scheduler" });
  }

  function refusalsOf({ metadata, spec, status }: Node, pod: Pod): string[] {
    const { nodeSelector = {}, tolerations = [] } = pod.spec;
    if (spec.unschedulable) return ["node(s) were unschedulable"];
    if (!Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value))
      return ["node(s) didn't match Pod's node affinity/selector"];
    const taint = spec.taints?.find(
      ({ key, value, effect }) =>
        effect !== "PreferNoSchedule" &&
        !tolerations.some(
          (each) =>
            (each.effect === undefined || each.effect === effect) &&
            (each.operator === "Exists"
              ? each.key === undefined || each.key === key
              : each.key === key && (each.value ?? "") === (value ?? "")),
        ),
    );
    if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
    return Object.keys(askedBy([pod])).flatMap((resource) => {
      const there = store.list<Pod>("pods", (each) => each.spec.nodeName === metadata.name && !isOver(each));
      const used = (askedBy(there)[resource] ?? 0) + (askedBy([pod])[resource] ?? 0);
      return used > amountOf(status.allocatable[resource] ?? "0") ? [`Insufficient ${resource}`] : [];
    });
  }
}

function askedBy(pods: readonly Pod[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { spec } of pods)
    for (const { resources } of spec.containers)
      for (const [key, text] of Object.entries(resources?.requests ?? {}))
        sums[key] = (sums[key] ?? 0) + amountOf(text);
  return sums;
}
