import type { V1DeleteOptions, V1Job, V1Secret } from "@kubernetes/client-node";
import type { AdapterContext } from "../provider.ts";
import type { ApiClient } from "./api-client.ts";
import { isStatus } from "./api-error.ts";
import type { ClusterPaths } from "./cluster-paths.ts";
import { isOurs, LABELS, ownedBy } from "./labels.ts";
import { retryTransient } from "./retry-transient.ts";
import { type JobView, type PodView, viewJob, viewPod } from "./views.ts";
import type { WorkerView } from "./worker-cache.ts";

const PAGE_ITEMS = 500;
/** Unknown fields are refused, not dropped: a field that this cluster does not know must not be missed in silence. */
const STRICT = { fieldValidation: "Strict" };

/** Jobs, Pods and Secrets of workers, asked of the API itself. */
export interface WorkerObjects {
  createJob(manifest: V1Job, signal: AbortSignal): Promise<JobView>;
  /** One that is there already is success. */
  createSecret(manifest: V1Secret, signal: AbortSignal): Promise<void>;
  readJob(name: string, signal?: AbortSignal): Promise<JobView | undefined>;
  /** The worker with its pod; undefined where there is none of ours. */
  find(name: string, signal?: AbortSignal): Promise<WorkerView | undefined>;
  /** Every worker of ours, with its pod. */
  list(signal: AbortSignal): Promise<WorkerView[]>;
  /** The cluster deletes Pod and Secret after it. Already gone is success. */
  deleteJob(job: JobView): Promise<void>;
  /** The kubelet ends it, with the grace of its template, and the pod stays to be read. Already gone is success. */
  expirePod(pod: PodView): Promise<void>;
  /** SIGTERM, grace, SIGKILL by the kubelet; then the pod goes, the Job stays. Already gone is success. */
  deletePod(pod: PodView, graceSeconds: number): Promise<void>;
}

export function makeWorkerObjects(api: ApiClient, paths: ClusterPaths, context: AdapterContext): WorkerObjects {
  async function listAll<T>(path: string, labelSelector: string, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    for (let next: string | undefined; ; ) {
      const query = { labelSelector, limit: PAGE_ITEMS, continue: next };
      const page = await api.call<{ metadata?: { continue?: string }; items?: T[] }>(path, {
        query,
        ...(signal && { signal }),
      });
      items.push(...(page.items ?? []));
      next = page.metadata?.continue;
      if (!next) return items;
    }
  }

  /** A change of what may be gone meanwhile, or replaced by one of the same name that is not the one we meant. */
  async function change(path: string, method: "PATCH" | "DELETE", body: object): Promise<void> {
    try {
      await retryTransient(() => api.call(path, { method, body }));
    } catch (error) {
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
    }
  }

  const remove = (
    path: string,
    options: Pick<V1DeleteOptions, "propagationPolicy" | "gracePeriodSeconds" | "preconditions">,
  ) => change(path, "DELETE", { apiVersion: "v1", kind: "DeleteOptions", ...options });

  async function readJob(name: string, signal?: AbortSignal): Promise<JobView | undefined> {
    try {
      return viewJob(await api.call(`${paths.jobs}/${name}`, signal && { signal }));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async function podsOf(selector: string, signal?: AbortSignal): Promise<PodView[]> {
    return (await listAll<Parameters<typeof viewPod>[0]>(paths.pods, selector, signal)).map(viewPod);
  }

  return {
    readJob,
    createJob: async (body, signal) =>
      viewJob(
        await retryTransient(() => api.call(paths.jobs, { method: "POST", query: STRICT, body, signal }), signal),
      ),
    async createSecret(body, signal) {
      try {
        await retryTransient(() => api.call(paths.secrets, { method: "POST", query: STRICT, body, signal }), signal);
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
    },
    async find(name, signal) {
      const job = await readJob(name, signal);
      if (!job || !isOurs(job.labels, context)) return undefined;
      const [pod] = await podsOf(`${ownedBy(context)},${LABELS.worker}=${name}`, signal);
      return { name, uid: job.uid, job, ...(pod && { pod }) };
    },
    async list(signal) {
      const [jobs, pods] = await Promise.all([
        listAll<Parameters<typeof viewJob>[0]>(paths.jobs, ownedBy(context), signal),
        podsOf(ownedBy(context), signal),
      ]);
      const podOf = new Map(pods.map((pod) => [pod.worker, pod]));
      return jobs.map(viewJob).map((job) => {
        const pod = podOf.get(job.name);
        return { name: job.name, uid: job.uid, job, ...(pod && { pod }) };
      });
    },
    deleteJob: (job) =>
      remove(`${paths.jobs}/${job.name}`, { propagationPolicy: "Background", preconditions: { uid: job.uid } }),
    expirePod: (pod) =>
      change(`${paths.pods}/${pod.name}`, "PATCH", {
        metadata: { uid: pod.uid },
        spec: { activeDeadlineSeconds: 1 },
      }),
    deletePod: (pod, graceSeconds) =>
      remove(`${paths.pods}/${pod.name}`, { gracePeriodSeconds: graceSeconds, preconditions: { uid: pod.uid } }),
  };
}
