import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { glob, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchDirectory } from "../scratch-directory.ts";
import { waitFor } from "../wait-for.ts";
import type { Account, Grant, PolicyRule } from "./access.ts";
import { type ApiServer, makeApiServer, type ServerMood } from "./api-server.ts";
import { makeAuthority } from "./certificates.ts";
import { deletePod } from "./delete-pod.ts";
import type { ImageFault } from "./image-faults.ts";
import { runJobController } from "./job-controller.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { Kubelet } from "./kubelet.ts";
import { loseNode } from "./lose-node.ts";
import { ObjectStore } from "./object-store.ts";
import type { Job, KubeObject, Pod } from "./objects.ts";
import { disrupt } from "./pod-status.ts";
import type { ResourceName } from "./resource-types.ts";
import { runScheduler } from "./scheduler.ts";
import type { ServeParts } from "./serve-resource.ts";
import { makeTimers } from "./timers.ts";
import type { OpenWatch } from "./watch-response.ts";

/** The name of the one namespace and of the one node that are there from the start. */
export const NAMESPACE = "hodei-jobs";
export const NODE = "node-1";

/** A Kubernetes cluster as far as a client sees it, in this process: API server, controllers, scheduler, kubelets. */
export interface KubernetesDouble extends AsyncDisposable {
  readonly server: ApiServer;
  readonly mood: ServerMood;
  readonly images: Map<string, ImageFault>;
  readonly used: ReadonlySet<string>;
  /** A switch for the server's feature gate PodLogsQuerySplitStreams. */
  splitsStreams: boolean;
  /** The path of a kubeconfig with a bearer token, for an account that may do what the rules say in the namespace. */
  tokenConfig(user: string, rules: readonly PolicyRule[], more?: { everywhere?: readonly PolicyRule[] }): string;
  /** The same with a client certificate; `days` below 0: it has expired. */
  certificateConfig(user: string, rules: readonly PolicyRule[], days?: number): string;
  /** Makes an object as an administrator would. */
  apply(resource: ResourceName, object: object): KubeObject;
  remove(resource: ResourceName, object: KubeObject): void;
  objects<T extends KubeObject>(resource: ResourceName): T[];
  pods(): Pod[];
  job(name: string): Job | undefined;
  /** The pod of a worker, once it is there. */
  pod(worker: string): Promise<Pod>;
  /** Breaks all open watches. */
  dropWatches(): void;
  /** All open watches say nothing more; new ones do. */
  hangWatches(): void;
  /** Watches end, and what happened before now can no longer be watched from. */
  expireWatches(): void;
  readonly openWatches: number;
  /** Makes a file in the working folder of every pod. */
  touchInPods(file: string): Promise<void>;
  cutLogs(): void;
  rotateLog(pod: Pod): void;
  evict(pod: Pod): void;
  preempt(pod: Pod): void;
  drain(pod: Pod): void;
  /** What `kubectl delete pod` does. */
  deletePod(pod: Pod, graceSeconds?: number): void;
  oomKill(pod: Pod): void;
  loseNode(name: string): void;
  /** Ends the container of a double that runs none for real. */
  finish(pod: Pod, exitCode: number): void;
}

export async function kubernetesDouble({ runs = true } = {}): Promise<KubernetesDouble> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await scratchDirectory()).path;
  const timers = stack.use(makeTimers());
  const store = new ObjectStore();
  const images = new Map<string, ImageFault>();
  const kubelet = new Kubelet({ store, timers, folder, images, runs });
  stack.defer(() => kubelet.close());
  const takePod = (pod: Pod, graceSeconds?: number) => deletePod(store, pod, graceSeconds);
  runJobController(store, timers, takePod);
  runScheduler(store);
  const authority = makeAuthority(folder);
  const tokens = new Map<string, Account>();
  const grants: Grant[] = [];
  const mood: ServerMood = { isHung: false, delayMs: 0, failures: [], loseAnswers: 0, minor: "34" };
  const used = new Set<string>();
  const watches = new Set<OpenWatch>();
  const logs: ServeParts["logs"] = new Set();
  const gates = { splitsStreams: true };
  const pair = authority.issue("server", "/CN=kube-apiserver", { hosts: "IP:127.0.0.1,DNS:localhost" });
  const serving = { store, kubelet, watches, logs, splitsStreams: () => gates.splitsStreams };
  const server = makeApiServer({ ...serving, authority, pair, tokens, grants, mood, used });
  await server.start();
  stack.defer(() => server.stop());

  function apply(resource: ResourceName, object: object): KubeObject {
    return store.create(resource, object as KubeObject);
  }
  function write(user: object): string {
    const path = join(folder, `kubeconfig-${randomUUID().slice(0, 8)}`);
    writeFileSync(path, kubeconfigOf(server.url, authority.cert, user));
    return path;
  }
  function grant(user: string, rules: readonly PolicyRule[], everywhere: readonly PolicyRule[] = []): void {
    grants.push({ user, namespace: NAMESPACE, rules }, { user, namespace: "*", rules: everywhere });
  }
  apply("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  for (const name of ["default", "hodei-worker"])
    apply("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } });
  apply("nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: NODE, labels: { "kubernetes.io/arch": "amd64" } },
    spec: {},
    status: { allocatable: { cpu: "4", memory: "8Gi" }, conditions: [{ type: "Ready", status: "True" }] },
  });
  const owned = stack.move();

  return {
    server,
    mood,
    images,
    used,
    get splitsStreams() {
      return gates.splitsStreams;
    },
    set splitsStreams(splits) {
      gates.splitsStreams = splits;
    },
    tokenConfig(user, rules, { everywhere } = {}) {
      const token = randomUUID();
      tokens.set(token, { name: user, groups: ["system:authenticated"] });
      grant(user, rules, everywhere);
      return write({ token });
    },
    certificateConfig(user, rules, days = 30) {
      const { cert, key } = authority.issue(`user-${randomUUID().slice(0, 8)}`, `/O=hodei/CN=${user}`, { days });
      grant(user, rules);
      const encode = (text: string) => Buffer.from(text).toString("base64");
      return write({ "client-certificate-data": encode(cert), "client-key-data": encode(key) });
    },
    apply,
    remove: (resource, object) => store.remove(resource, object),
    objects: (resource) => store.list(resource),
    pods: () => store.list<Pod>("pods"),
    job: (name) => store.get<Job>("jobs", NAMESPACE, name),
    pod: (worker) =>
      waitFor(`a pod of ${worker}`, () =>
        store.list<Pod>("pods", ({ metadata }) => metadata.labels?.["job-name"] === worker).at(0),
      ),
    dropWatches() {
      for (const watch of watches) watch.drop();
    },
    hangWatches() {
      for (const watch of watches) watch.hang();
    },
    expireWatches() {
      store.compact();
      for (const watch of watches) watch.close();
    },
    get openWatches() {
      return watches.size;
    },
    async touchInPods(file) {
      for await (const path of glob("pod-*", { cwd: folder })) await writeFile(join(folder, path, file), "");
    },
    cutLogs() {
      for (const response of logs) response.destroy();
    },
    rotateLog: (pod) => kubelet.logOf(pod.metadata.uid)?.rotate(),
    evict(pod) {
      disrupt(store, pod, "TerminationByKubelet", "The node was low on resource: memory.");
      store.update<Pod>("pods", pod, (draft) => {
        draft.status = {
          ...draft.status,
          reason: "Evicted",
          message: "The node was low on resource: memory. Container worker was using 90Mi, request is 0.",
        };
      });
      kubelet.end(pod, "Error");
    },
    preempt(pod) {
      disrupt(
        store,
        pod,
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
      );
      takePod(pod, 1);
    },
    drain(pod) {
      disrupt(store, pod, "EvictionByEvictionAPI", "Eviction API: evicting");
      takePod(pod, 1);
    },
    deletePod: takePod,
    oomKill: (pod) => kubelet.end(pod, "OOMKilled"),
    loseNode: (name) => loseNode({ store, kubelet, timers }, name),
    finish: (pod, exitCode) => kubelet.finish(pod, exitCode),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
