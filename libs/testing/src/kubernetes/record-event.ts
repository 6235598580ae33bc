import { randomUUID } from "node:crypto";
import type { ObjectStore } from "./object-store.ts";
import { type KubeObject, wireTime } from "./objects.ts";

/** Writes an Event about an object, as kubelet, scheduler and controllers do. */
export function recordEvent(
  store: ObjectStore,
  about: KubeObject,
  { type, reason, message, from }: { type: "Normal" | "Warning"; reason: string; message: string; from: string },
): void {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  store.create("events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${randomUUID().slice(0, 16)}`, ...(namespace && { namespace }) },
    involvedObject: { kind: about.kind, apiVersion: about.apiVersion, name, namespace, uid, resourceVersion },
    reason,
    message,
    type,
    source: { component: from },
    firstTimestamp: wireTime(),
    lastTimestamp: wireTime(),
    count: 1,
  });
}
