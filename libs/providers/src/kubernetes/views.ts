import { WORKER_CONTAINER } from "./job-manifest.ts";
import { LABELS } from "./labels.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** Of each object only what is read here is kept: a thousand workers cost a few megabytes, whatever else stands in theirs. */
interface ObjectView {
  name: string;
  uid: string;
  labels: Readonly<Record<string, string>>;
  deletedAt?: Date;
}

export interface JobView extends ObjectView {
  startedAt?: Date;
  activeDeadlineSeconds?: number;
  /** Where its pod finds the values of secrets. */
  secretName?: string;
  isComplete: boolean;
  /** Why it failed, or is about to: `DeadlineExceeded`, `BackoffLimitExceeded` … */
  failure?: Reason;
}

export interface PodView extends ObjectView {
  phase: string;
  worker: string;
  node?: string;
  /** `status.reason`: `Evicted`, `NodeLost`, `OutOfcpu` … */
  status?: Reason;
  /** Why no node was found. */
  unscheduled?: Reason;
  /** The condition `DisruptionTarget`: the cluster itself ends this pod. */
  disruption?: Reason;
  container: ContainerView;
  /** A container of the pod that is not the worker's and cannot start. */
  otherWaiting?: Reason;
}

interface ContainerView {
  waiting?: Reason;
  runningSince?: Date;
  terminated?: Termination;
}

export interface Termination extends Reason {
  exitCode: number;
  startedAt?: Date;
  finishedAt?: Date;
}

export interface Reason {
  reason: string;
  message: string;
}

/** Something the cluster said about a Job or a Pod. */
export interface EventView extends Reason {
  object: string;
  isWarning: boolean;
}

// What the API sends: all of it may be absent.
interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}
interface RawMetadata {
  name?: string;
  uid?: string;
  labels?: Record<string, string>;
  deletionTimestamp?: string;
}
interface RawState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode?: number; reason?: string; message?: string; startedAt?: string; finishedAt?: string };
}
interface RawContainerStatus {
  name?: string;
  state?: RawState;
}
export interface RawObject {
  metadata?: RawMetadata & { resourceVersion?: string; continue?: string };
}
interface RawEnv {
  valueFrom?: { secretKeyRef?: { name?: string } };
}
interface RawJob extends RawObject {
  spec?: {
    activeDeadlineSeconds?: number;
    template?: { spec?: { containers?: { name?: string; env?: RawEnv[] }[] } };
  };
  status?: { startTime?: string; conditions?: Condition[] };
}
interface RawPod extends RawObject {
  spec?: { nodeName?: string };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: Condition[];
    containerStatuses?: RawContainerStatus[];
    initContainerStatuses?: RawContainerStatus[];
  };
}
interface RawEvent extends RawObject {
  involvedObject?: { name?: string };
  type?: string;
  reason?: string;
  message?: string;
}

export function viewJob(raw: RawJob): JobView {
  const conditions = raw.status?.conditions ?? [];
  // `FailureTarget` says it first: pods are still being ended then.
  const failed = ["Failed", "FailureTarget"].map((type) => trueCondition(conditions, type)).find(Boolean);
  const containers = raw.spec?.template?.spec?.containers ?? [];
  const env = containers.find(({ name }) => name === WORKER_CONTAINER)?.env ?? [];
  return withoutUndefined({
    ...viewObject(raw.metadata),
    startedAt: date(raw.status?.startTime),
    activeDeadlineSeconds: raw.spec?.activeDeadlineSeconds,
    secretName: env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name).find(Boolean),
    isComplete: trueCondition(conditions, "Complete") !== undefined,
    failure: failed,
  });
}

export function viewPod(raw: RawPod): PodView {
  const status = raw.status ?? {};
  const conditions = status.conditions ?? [];
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  const others = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const mine = status.containerStatuses?.find(({ name }) => name === WORKER_CONTAINER);
  return withoutUndefined({
    ...viewObject(raw.metadata),
    phase: status.phase ?? "Pending",
    worker: raw.metadata?.labels?.[LABELS.worker] ?? "",
    node: raw.spec?.nodeName,
    status: status.reason ? reasonOf(status) : undefined,
    unscheduled: scheduled?.status === "False" ? reasonOf(scheduled) : undefined,
    disruption: trueCondition(conditions, "DisruptionTarget"),
    container: viewContainer(mine?.state),
    otherWaiting: others
      .filter(({ name }) => name !== WORKER_CONTAINER)
      .flatMap(({ state }) => (state?.waiting?.reason ? [reasonOf(state.waiting)] : []))
      .at(0),
  });
}

export function viewEvent(raw: RawEvent): EventView {
  return { ...reasonOf(raw), object: raw.involvedObject?.name ?? "", isWarning: raw.type === "Warning" };
}

function viewContainer(state: RawState | undefined): ContainerView {
  const { waiting, running, terminated } = state ?? {};
  return withoutUndefined({
    waiting: waiting?.reason ? reasonOf(waiting) : undefined,
    runningSince: date(running?.startedAt),
    terminated: terminated && viewTermination(terminated),
  });
}

function viewTermination(raw: NonNullable<RawState["terminated"]>): Termination {
  return withoutUndefined({
    ...reasonOf(raw),
    exitCode: raw.exitCode ?? 0,
    startedAt: date(raw.startedAt),
    finishedAt: date(raw.finishedAt),
  });
}

function viewObject(metadata: RawMetadata | undefined): ObjectView {
  return withoutUndefined({
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    labels: metadata?.labels ?? {},
    deletedAt: date(metadata?.deletionTimestamp),
  });
}

function trueCondition(conditions: readonly Condition[], wanted: string): Reason | undefined {
  const found = conditions.find(({ type, status }) => type === wanted && status === "True");
  return found && reasonOf(found);
}

function reasonOf({ reason = "", message = "" }: { reason?: string; message?: string }): Reason {
  return { reason, message };
}

function date(text: string | undefined): Date | undefined {
  return text ? new Date(text) : undefined;
}
