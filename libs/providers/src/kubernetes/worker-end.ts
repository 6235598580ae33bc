import { type FailureCode, failureCodeOf } from "@hodei/diagnostics";
import type { Failure, WorkerExit, WorkerHandle } from "../provider.ts";
import type { JobView, PodView, Reason, Termination } from "./views.ts";
import type { WorkerView } from "./worker-cache.ts";

/** The container could not be looked at when its pod was ended: its code says nothing. */
const UNKNOWN_CODE = "ContainerStatusUnknown";
/** Reasons of a container whose command never began. */
const NEVER_BEGAN: ReadonlySet<string> = new Set(["StartError", "ContainerCannotRun", "RunContainerError"]);
/** What a pod says that was given a deadline that is over: `stopWorker` does, and nobody else. */
const STOPPED = "DeadlineExceeded";
const KILLED = 137;
const TERMINATED = 143;

/** Whether a worker is over: its own container has ended, whatever a sidecar does, or its pod or Job has. */
export function hasEnded({ job, pod }: WorkerView): boolean {
  if (pod) return pod.container.terminated !== undefined || pod.phase === "Succeeded" || pod.phase === "Failed";
  return job !== undefined && (job.isComplete || job.failure !== undefined);
}

export function hasRun({ container }: PodView): boolean {
  return (
    container.runningSince !== undefined ||
    (container.terminated !== undefined && !NEVER_BEGAN.has(container.terminated.reason))
  );
}

export function handleOf(view: WorkerView, adopted: boolean): WorkerHandle {
  const startedAt = view.pod?.container.runningSince ?? view.pod?.container.terminated?.startedAt;
  const state = hasEnded(view) ? "exited" : view.pod?.container.runningSince ? "running" : "starting";
  return { name: view.name, resourceId: view.job?.uid ?? "", state, adopted, ...(startedAt && { startedAt }) };
}

/** How a worker ended, as its pod says. `stopped` = we asked for it. Pure. */
export function exitOfPod(
  job: JobView | undefined,
  pod: PodView,
  stopped: boolean,
): Omit<WorkerExit, "name" | "resourceId"> {
  const { terminated } = pod.container;
  const known = terminated && terminated.reason !== UNKNOWN_CODE ? terminated : undefined;
  const failure = failureOf(job, pod, known, stopped);
  return {
    at: terminated?.finishedAt ?? new Date(),
    ...(known && { exitCode: known.exitCode }),
    ...(known?.startedAt && { startedAt: known.startedAt }),
    ...(failure && { failure }),
  };
}

/** How a worker ended whose pod is not to be had any more: by its Job alone. Pure. */
export function exitOfJob(job: JobView, stopped: boolean): Omit<WorkerExit, "name" | "resourceId"> {
  if (job.isComplete) return { at: new Date(), exitCode: 0 };
  const deadline = job.failure?.reason === "DeadlineExceeded";
  const code = deadline ? "TIMEOUT_RUN" : stopped ? "CANCELLED" : "WORKER_LOST";
  return { at: new Date(), failure: { code, detail: `its pod is gone; the Job says ${wordsOf(job.failure)}` } };
}

function failureOf(
  job: JobView | undefined,
  pod: PodView,
  terminated: Termination | undefined,
  stopped: boolean,
): Failure | undefined {
  if (terminated?.exitCode === 0) return undefined;
  if (job && isPastDeadline(job, pod))
    return {
      code: "TIMEOUT_RUN",
      detail: wordsOf(job.failure ?? { reason: "DeadlineExceeded", message: "" }),
    };
  if (terminated?.reason === "OOMKilled")
    return { code: "OOM_KILLED", detail: "the kernel killed it at its memory limit" };
  if (terminated && NEVER_BEGAN.has(terminated.reason))
    return { code: failureCodeOf(wordsOf(terminated)) ?? "PROVIDER_ERROR", detail: wordsOf(terminated) };
  const { status } = pod;
  const taken = status?.reason === STOPPED ? undefined : takenAway(pod);
  if (taken) return taken;
  if (stopped || status?.reason === STOPPED)
    return terminated ? undefined : { code: "CANCELLED", detail: "stopped before its command had ended" };
  if (!terminated) return { code: "WORKER_LOST", detail: `the pod ended (${pod.phase}) and nobody saw its exit code` };
  return failureOfCode(terminated.exitCode, pod);
}

function failureOfCode(exitCode: number, pod: PodView): Failure | undefined {
  if (exitCode === 127)
    return { code: "COMMAND_NOT_FOUND", detail: "exit code 127: a command was not found in the image" };
  if (exitCode === 126) return { code: "COMMAND_NOT_FOUND", detail: "exit code 126: the command cannot be executed" };
  if (pod.deletedAt && (exitCode === KILLED || exitCode === TERMINATED))
    return { code: "WORKER_LOST", detail: `the pod ${pod.name} was deleted by somebody else` };
  return undefined;
}

/** The cluster ended the pod for reasons of its own. */
function takenAway({ status, disruption }: PodView): Failure | undefined {
  if (disruption?.reason === "PreemptionByScheduler")
    return { code: "INSUFFICIENT_RESOURCES", detail: `preempted: ${wordsOf(disruption)}` };
  if (status) return { code: codeOfPodStatus(status), detail: wordsOf(status) };
  if (disruption) return { code: "WORKER_LOST", detail: wordsOf(disruption) };
  return undefined;
}

function codeOfPodStatus(status: Reason): FailureCode {
  if (/^(OutOf|Preempting)/.test(status.reason)) return "INSUFFICIENT_RESOURCES";
  const meant = failureCodeOf(wordsOf(status));
  return meant === "INSUFFICIENT_RESOURCES" || meant === "TIMEOUT_RUN" ? meant : "WORKER_LOST";
}

/** The Job controller deletes the pod at the deadline, and may say so only afterwards. */
function isPastDeadline(job: JobView, pod: PodView): boolean {
  if (job.failure?.reason === "DeadlineExceeded") return true;
  if (!pod.deletedAt || !job.startedAt || job.activeDeadlineSeconds === undefined || job.failure) return false;
  return pod.deletedAt.getTime() >= job.startedAt.getTime() + job.activeDeadlineSeconds * 1000;
}

export function wordsOf(said: Reason | undefined): string {
  return said ? [said.reason, said.message].filter(Boolean).join(": ") : "nothing";
}
