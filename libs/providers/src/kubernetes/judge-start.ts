import type { GracePeriods } from "@hodei/contracts";
import { type FailureCode, failureCodeOf } from "@hodei/diagnostics";
import type { Failure } from "../provider.ts";
import type { EventView, PodView, Reason } from "./views.ts";
import type { WorkerView } from "./worker-cache.ts";
import { exitOfPod, hasEnded, hasRun, wordsOf } from "./worker-end.ts";

/** Where a start is. */
export type StartVerdict =
  | { is: "begun" }
  | { is: "failed"; failure: Failure }
  /** `trouble`: what it fails of when it has lasted for its grace. */
  | { is: "waiting"; says: string; trouble?: { failure: Failure; graceSeconds: number } };

/** Judges a start by what the cluster shows and says of it. Pure. */
export function judgeStart(view: WorkerView, event: EventView | undefined, graces: GracePeriods): StartVerdict {
  const { job, pod, lastPod } = view;
  if (pod && hasRun(pod)) return { is: "begun" };
  if (pod && (hasEnded(view) || pod.deletedAt)) return { is: "failed", failure: endBeforeStart(view, pod) };
  if (job?.isComplete || (job?.failure && lastPod && hasRun(lastPod))) return { is: "begun" };
  if (job?.failure) return { is: "failed", failure: lostBeforeStart(view) };
  if (!pod) return judgeWithoutPod(event, graces);
  if (pod.unscheduled) return judgeUnscheduled(pod.unscheduled, graces);
  return judgeContainer(pod, event, graces);
}

function judgeWithoutPod(event: EventView | undefined, graces: GracePeriods): StartVerdict {
  if (event?.reason !== "FailedCreate") return { is: "waiting", says: "waiting for the cluster to make the pod" };
  const detail = wordsOf(event);
  const code: FailureCode = /violates PodSecurity|serviceaccount .{1,300} not found|is invalid/i.test(detail)
    ? "CONFIG_INVALID"
    : (failureCodeOf(detail) ?? "PROVIDER_ERROR");
  const graceSeconds = code === "QUOTA_EXCEEDED" ? graces.quotaSeconds : graces.containerSeconds;
  return {
    is: "waiting",
    says: `the pod cannot be made: ${detail}`,
    trouble: { failure: { code, detail }, graceSeconds },
  };
}

function judgeUnscheduled(said: Reason, graces: GracePeriods): StartVerdict {
  const detail = wordsOf(said);
  // Only where no node would ever do is it the configuration's fault; a full one may become free, a tainted one ready.
  const code =
    /didn't match Pod's node (affinity|selector)/.test(detail) && !/Insufficient|taint/.test(detail)
      ? "CONFIG_INVALID"
      : "INSUFFICIENT_RESOURCES";
  return {
    is: "waiting",
    says: `waiting for a node: ${said.message || said.reason}`,
    trouble: { failure: { code, detail }, graceSeconds: graces.schedulingSeconds },
  };
}

type Rule = readonly [reason: RegExp, code: FailureCode, grace: keyof GracePeriods | "none"];

/** What a waiting container's reason means, and how long it may mend itself. A bad name will not; a registry may come back. */
const RULES: readonly Rule[] = [
  [/^(InvalidImageName|ErrImageNeverPull)$/, "IMAGE_PULL", "none"],
  [
    /^(ErrImagePull|ImagePullBackOff|ImageInspectError|RegistryUnavailable|SignatureValidationFailed)$/,
    "IMAGE_PULL",
    "imagePullSeconds",
  ],
  [/^CrashLoopBackOff$/, "CRASH_LOOP", "none"],
  [/^CreateContainerConfigError$/, "CONFIG_INVALID", "containerSeconds"],
  [
    /^(CreateContainerError|RunContainerError|PreCreateHookError|PreStartHookError|PostStartHookError)$/,
    "PROVIDER_ERROR",
    "containerSeconds",
  ],
];
const ROOT_IMAGE = /runAsNonRoot|non-numeric user|run as root/i;

function judgeContainer(pod: PodView, event: EventView | undefined, graces: GracePeriods): StartVerdict {
  const said = [pod.container.waiting, pod.otherWaiting].find(
    (each) => each && RULES.some(([re]) => re.test(each.reason)),
  );
  if (!said) return { is: "waiting", says: progressOf(pod, event) };
  const [, general, grace] = RULES.find(([re]) => re.test(said.reason)) as Rule;
  const detail = detailOf(said, event);
  const code = grace === "containerSeconds" ? codeOfContainerError(detail, general) : general;
  const failure = { code, detail };
  const graceSeconds = grace === "none" || ROOT_IMAGE.test(detail) || code === "COMMAND_NOT_FOUND" ? 0 : graces[grace];
  return { is: "waiting", says: detail, trouble: { failure, graceSeconds } };
}

function codeOfContainerError(detail: string, general: FailureCode): FailureCode {
  if (ROOT_IMAGE.test(detail)) return "CONFIG_INVALID";
  // The values that the job's secrets have were to be there already: none of the job's doing.
  if (/secret .{1,300} not found|couldn't find key/i.test(detail)) return "PROVIDER_ERROR";
  // The cluster did answer: what its runtime says of timeouts and rights is between the node and the runtime.
  const meant = failureCodeOf(detail);
  return meant === "COMMAND_NOT_FOUND" || meant === "INSUFFICIENT_RESOURCES" ? meant : general;
}

/** A back-off's own words are only that it backs off; why stands in the event before it. */
function detailOf(said: Reason, event: EventView | undefined): string {
  const words = wordsOf(said);
  const detail =
    event?.isWarning && event.reason === "Failed" && !words.includes(event.message)
      ? `${words} (${event.message})`
      : words;
  return ROOT_IMAGE.test(detail)
    ? `${detail}; choose an image with a user of its own, or set run_as_user of the provider`
    : detail;
}

function progressOf(pod: PodView, event: EventView | undefined): string {
  if (event && (event.isWarning || event.reason === "Pulling")) return wordsOf(event);
  return pod.node ? `on node ${pod.node}: ${pod.container.waiting?.reason ?? "starting"}` : "waiting for a node";
}

function endBeforeStart(view: WorkerView, pod: PodView): Failure {
  if (hasEnded(view) || pod.status || pod.disruption) {
    const { failure } = exitOfPod(view.job, pod, false);
    if (failure) return failure;
  }
  return { code: "WORKER_LOST", detail: `the pod ${pod.name} was deleted before its command began` };
}

function lostBeforeStart({ job }: WorkerView): Failure {
  const code = job?.failure?.reason === "DeadlineExceeded" ? "TIMEOUT_PROVISIONING" : "WORKER_LOST";
  return { code, detail: `the Job ended before its command began: ${wordsOf(job?.failure)}` };
}
