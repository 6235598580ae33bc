import type { ObjectStore } from "./object-store.ts";
import type { Pod, PodSpec } from "./objects.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { conflict, invalid } from "./status.ts";

/** A merge patch of a pod. Of a pod that is there little may change; here only its deadline, and only downwards. @throws StatusError */
export function patchPod(store: ObjectStore, pod: Pod, patch: Record<string, unknown>): Pod | undefined {
  const { name, uid } = pod.metadata;
  const { metadata = {}, spec = {}, ...rest } = patch as { metadata?: { uid?: string }; spec?: Partial<PodSpec> };
  if (metadata.uid !== undefined && metadata.uid !== uid)
    throw conflict(
      RESOURCE_TYPES.pods,
      name,
      `the UID in the precondition (${metadata.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  const { activeDeadlineSeconds: wanted, ...others } = spec;
  const refuse = (field: string, message: string) => invalid(RESOURCE_TYPES.pods, name, [{ field, message }]);
  if (Object.keys(rest).length > 0 || Object.keys(others).length > 0)
    throw refuse(
      "spec",
      "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    );
  const before = pod.spec.activeDeadlineSeconds;
  if (wanted === undefined || !Number.isInteger(wanted) || wanted < 1)
    throw refuse("spec.activeDeadlineSeconds", `Invalid value: ${wanted}: must be between 1 and 2147483647, inclusive`);
  if (before !== undefined && before < wanted)
    throw refuse(
      "spec.activeDeadlineSeconds",
      `Invalid value: ${wanted}: must be less than or equal to previous value`,
    );
  return store.update<Pod>("pods", pod, (draft) => {
    draft.spec.activeDeadlineSeconds = wanted;
  });
}
