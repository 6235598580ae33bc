import { environmentOf } from "./expand-variables.ts";
import type { ImageFault } from "./image-faults.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Container, Pod } from "./objects.ts";

/** Why a container cannot be made of its pod's specification: the waiting reason and the kubelet's words. */
export function configurationProblem(
  store: ObjectStore,
  pod: Pod,
  container: Container,
  fault: ImageFault | undefined,
): { reason: string; message: string } | undefined {
  const reason = "CreateContainerConfigError";
  const user = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const wantsNonRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot;
  if (fault?.isRoot && wantsNonRoot && user === undefined)
    return {
      reason,
      message: `container has runAsNonRoot and image will run as root (pod: "${pod.metadata.name}", container: ${container.name})`,
    };
  if (fault?.container) return fault.container;
  if (fault?.sidecarCrashes)
    return { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container=sidecar" };
  try {
    environmentOf(store, pod.metadata.namespace ?? "", container);
    return undefined;
  } catch (error) {
    return { reason, message: (error as Error).message };
  }
}
