import type { KubernetesConfig } from "@hodei/contracts";
import type { V1Container, V1EnvVar, V1Job, V1PodSpec } from "@kubernetes/client-node";
import type { AdapterContext, WorkerSpec } from "../provider.ts";
import { annotationsOf, labelsOf } from "./labels.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The container that runs the command; others in the pod (sidecars that a mesh injects) are not ours. */
export const WORKER_CONTAINER = "worker";
/** What the cluster's own deadline adds to the run and start times: Hodei's own stop comes first. */
const DEADLINE_MARGIN_SECONDS = 120;

/** The image a worker runs: the job's, else the provider's default. */
export function imageOf(worker: WorkerSpec, config: KubernetesConfig): string | undefined {
  return worker.job.image ?? config.default_image;
}

/**
 * The body of `POST /apis/batch/v1/namespaces/{namespace}/jobs`. One pod, once: nothing starts it again (`backoffLimit` 0, `restartPolicy`
 * Never, no replacement before a pod has failed for good). The pod meets the restricted Pod Security Standard (design §10). As with
 * `docker run IMAGE CMD`, the job's command replaces the image's CMD and its ENTRYPOINT stays. `secretName` is where the values of
 * `job.secrets` will be; they never stand in the Job itself (design I6). Pure.
 */
export function jobManifest(
  worker: WorkerSpec,
  config: KubernetesConfig,
  context: AdapterContext,
  secretName: string,
): V1Job {
  const metadata = { labels: labelsOf(worker, context), annotations: annotationsOf(worker, context) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: worker.name, ...metadata },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      podReplacementPolicy: "Failed",
      activeDeadlineSeconds: worker.timeoutSeconds + worker.job.provisioningTimeoutSeconds + DEADLINE_MARGIN_SECONDS,
      ttlSecondsAfterFinished: config.ttl_seconds_after_finished,
      template: { metadata, spec: podSpec(worker, config, secretName) },
    },
  };
}

function podSpec(worker: WorkerSpec, config: KubernetesConfig, secretName: string): V1PodSpec {
  const nodeSelector = {
    ...config.node_selector,
    ...(worker.job.architecture !== undefined && { "kubernetes.io/arch": worker.job.architecture }),
  };
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: config.termination_grace_seconds,
    automountServiceAccountToken: config.mount_service_account_token,
    enableServiceLinks: false,
    ...(config.service_account !== undefined && { serviceAccountName: config.service_account }),
    ...(config.image_pull_secrets && { imagePullSecrets: config.image_pull_secrets.map((name) => ({ name })) }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(config.tolerations && { tolerations: config.tolerations.map(withoutUndefined) }),
    securityContext: {
      runAsNonRoot: true,
      ...(config.run_as_user !== undefined && { runAsUser: config.run_as_user }),
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [containerOf(worker, config, secretName)],
  };
}

function containerOf(worker: WorkerSpec, config: KubernetesConfig, secretName: string): V1Container {
  const amounts = amountsOf(worker, config);
  return {
    name: WORKER_CONTAINER,
    image: imageOf(worker, config) ?? "",
    ...(worker.job.command && { args: worker.job.command.map(literal) }),
    env: environmentOf(worker, secretName),
    ...(Object.keys(amounts).length > 0 && { resources: { requests: amounts, limits: amounts } }),
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/** Requests equal limits where something is asked: what was reserved is what there is. */
function amountsOf({ job }: WorkerSpec, { default_resources }: KubernetesConfig): Record<string, string> {
  const cpuMillis = job.resources.cpuMillis ?? default_resources?.cpuMillis ?? 0;
  const memoryBytes = job.resources.memoryBytes ?? default_resources?.memoryBytes ?? 0;
  const gpu = job.resources.gpu ?? default_resources?.gpu ?? 0;
  return {
    ...(cpuMillis > 0 && { cpu: `${cpuMillis}m` }),
    ...(memoryBytes > 0 && { memory: String(memoryBytes) }),
    ...(gpu > 0 && { "nvidia.com/gpu": String(gpu) }),
  };
}

function environmentOf(worker: WorkerSpec, secretName: string): V1EnvVar[] {
  return Object.entries(worker.env).map(([name, value]) =>
    Object.hasOwn(worker.job.secrets, name)
      ? { name, valueFrom: { secretKeyRef: { name: secretName, key: name } } }
      : { name, value: literal(value) },
  );
}

/** Kubernetes puts variables in the place of `$(NAME)` in arguments and values; `$$` is its way to write a plain `$`. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
