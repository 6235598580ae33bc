/** Objects as they stand on the wire; only what the double reads has a type. */
export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generateName?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name?: string; key: string } };
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    privileged?: boolean;
    runAsNonRoot?: boolean;
    runAsUser?: number;
    capabilities?: { drop?: string[]; add?: string[] };
    seccompProfile?: { type?: string };
  };
}

export interface PodSpec {
  containers: Container[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: { key?: string; operator?: string; value?: string; effect?: string }[];
  restartPolicy?: string;
  serviceAccountName?: string;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type?: string } };
}

export interface ContainerState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; reason: string; message?: string; startedAt: string; finishedAt: string };
}

interface ContainerStatus {
  name: string;
  image: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status: {
    phase: string;
    reason?: string;
    message?: string;
    startTime?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

export interface Job extends KubeObject {
  spec: {
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    backoffLimit?: number;
    podReplacementPolicy?: string;
    template: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec };
  };
  status: {
    startTime?: string;
    completionTime?: string;
    active?: number;
    succeeded?: number;
    failed?: number;
    conditions?: Condition[];
  };
}

export interface Node extends KubeObject {
  spec: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
  status: { allocatable: Record<string, string>; conditions: Condition[] };
}

export function isOver(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

/** Whether an object lives and goes with that owner. */
export function isOwnedBy({ metadata: owner }: KubeObject): (object: KubeObject) => boolean {
  return ({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) ?? false;
}

/** Seconds, as metav1.Time writes them. */
export function wireTime(at = new Date()): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

/** Sets a condition, or replaces the one of its type. */
export function setCondition(conditions: Condition[] | undefined, condition: Condition): Condition[] {
  const others = (conditions ?? []).filter(({ type }) => type !== condition.type);
  return [...others, { lastTransitionTime: wireTime(), ...condition }];
}
