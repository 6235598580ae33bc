import { admitPod } from "./admit-pod.ts";
import type { Change, ObjectStore } from "./object-store.ts";
import { isOver, isOwnedBy, type Job, type Pod, setCondition, wireTime } from "./objects.ts";
import { recordEvent } from "./record-event.ts";
import { StatusError } from "./status.ts";
import type { Timers } from "./timers.ts";

const TRACKING = "batch.kubernetes.io/job-tracking";
const CREATE_AGAIN_MS = 200;
const FROM = "job-controller";

/** The Job controller: a pod for each Job, its end into the Job's status, the deadline, and the pods of a Job that is gone. */
export function runJobController(
  store: ObjectStore,
  timers: Timers,
  deletePod: (pod: Pod, graceSeconds?: number) => void,
): () => void {
  return store.subscribe(({ type, resource, object }: Change) => {
    if (resource === "jobs" && type === "ADDED") begin(object as Job);
    if (resource === "jobs" && type === "DELETED") collect(object as Job);
    if (resource === "pods" && type !== "DELETED") count(object as Pod);
  });

  function begin(job: Job): void {
    store.update<Job>("jobs", job, (draft) => {
      draft.status = { ...draft.status, startTime: wireTime() };
    });
    makePod(job);
    const seconds = job.spec.activeDeadlineSeconds;
    if (seconds !== undefined) timers.in(seconds * 1000, () => passDeadline(job));
  }

  function makePod(job: Job): void {
    const { name, namespace = "", uid } = job.metadata;
    const current = store.get<Job>("jobs", namespace, name);
    if (current?.metadata.uid !== uid || isFinished(current)) return;
    const { template } = job.spec;
    const tracking = {
      "batch.kubernetes.io/job-name": name,
      "job-name": name,
      "batch.kubernetes.io/controller-uid": uid,
      "controller-uid": uid,
    };
    try {
      admitPod(store, namespace, `${name}-abcde`, template.spec);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      recordEvent(store, job, {
        type: "Warning",
        reason: "FailedCreate",
        message: `Error creating: ${error.message}`,
        from: FROM,
      });
      timers.in(CREATE_AGAIN_MS, () => makePod(job));
      return;
    }
    const pod = store.create<Pod>("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: { ...template.metadata?.labels, ...tracking },
        ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid, controller: true }],
        finalizers: [TRACKING],
      },
      spec: template.spec,
      status: { phase: "Pending" },
    });
    recordEvent(store, job, {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created pod: ${pod.metadata.name}`,
      from: FROM,
    });
    store.update<Job>("jobs", job, (draft) => {
      draft.status.active = 1;
    });
  }

  /** A pod that is over is counted, and only then let go. */
  function count(pod: Pod): void {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
    const job = owner && store.get<Job>("jobs", pod.metadata.namespace, owner.name);
    if (!job || job.metadata.uid !== owner.uid) return release(pod);
    if (!isOver(pod)) return;
    const isDone = pod.status.phase === "Succeeded";
    store.update<Job>("jobs", job, (draft) => {
      if (isFinished(draft)) return;
      const { active: _active, ...status } = draft.status;
      draft.status = { ...status, ...(isDone ? { succeeded: 1, completionTime: wireTime() } : { failed: 1 }) };
      const target = draft.status.conditions?.find(({ type }) => type === "FailureTarget");
      const failure = target ?? {
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
      };
      draft.status.conditions = isDone
        ? setCondition(draft.status.conditions, {
            type: "Complete",
            status: "True",
            reason: "CompletionsReached",
            message: "Reached expected number of succeeded pods",
          })
        : setCondition(draft.status.conditions, { ...failure, type: "Failed", status: "True" });
    });
    release(pod);
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (ttl !== undefined) timers.in(ttl * 1000, () => store.remove("jobs", job));
  }

  function release(pod: Pod): void {
    if (!pod.metadata.finalizers?.includes(TRACKING)) return;
    const current = store.update<Pod>("pods", pod, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((each) => each !== TRACKING);
    });
    if (current?.metadata.deletionTimestamp && isOver(current)) store.remove("pods", current);
  }

  function passDeadline(job: Job): void {
    const said = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
    const current = store.update<Job>("jobs", job, (draft) => {
      if (!isFinished(draft))
        draft.status.conditions = setCondition(draft.status.conditions, {
          type: "FailureTarget",
          status: "True",
          ...said,
        });
    });
    if (!current || isFinished(current)) return;
    const pods = podsOf(job);
    for (const pod of pods) deletePod(pod);
    if (pods.length > 0) return;
    store.update<Job>("jobs", job, (draft) => {
      draft.status.conditions = setCondition(draft.status.conditions, { type: "Failed", status: "True", ...said });
    });
  }

  /** The garbage collector: what a Job owned goes with it. */
  function collect(job: Job): void {
    for (const pod of podsOf(job)) {
      release(pod);
      const current = store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
      if (current) deletePod(current);
    }
    for (const secret of store.list("secrets", isOwnedBy(job))) store.remove("secrets", secret);
  }

  function podsOf(job: Job): Pod[] {
    return store.list<Pod>("pods", isOwnedBy(job));
  }
}

function isFinished({ status }: Job): boolean {
  return (
    status.conditions?.some(
      ({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True",
    ) ?? false
  );
}
