import { type KubernetesDouble, NAMESPACE, NODE, StatusError } from "@hodei/testing";
import { expect, test } from "vitest";
import { firstOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import type { WorkerSpec } from "../src/provider.ts";
import { openKubernetes } from "./open-kubernetes.ts";

const signal = () => AbortSignal.timeout(30_000);
const node = (name: string, allocatable: object) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: {} },
  spec: {},
  status: { allocatable, conditions: [{ type: "Ready", status: "True" }] },
});
const quota = (hard: object) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "team", namespace: NAMESPACE },
  spec: { hard },
});

function removeNamespaces(cluster: KubernetesDouble): void {
  for (const each of cluster.objects("namespaces")) cluster.remove("namespaces", each);
}

interface Case {
  job?: Partial<WorkerSpec["job"]>;
  config?: object;
  before?: (cluster: KubernetesDouble) => void;
  code: string;
  says: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "an image name that no registry could have": {
    job: { image: "UPPER/Case:1" },
    code: "IMAGE_PULL",
    says: /InvalidImageName.*UPPER/,
  },
  "an image that is not to be had": {
    before: ({ images }) =>
      images.set("gone:1", { pull: 'failed to resolve reference "docker.io/library/gone:1": not found' }),
    job: { image: "gone:1" },
    code: "IMAGE_PULL",
    says: /(ErrImagePull|ImagePullBackOff).*gone:1.*not found/,
  },
  "a sidecar that ends again and again": {
    before: ({ images }) => images.set("meshed:1", { sidecarCrashes: true }),
    job: { image: "meshed:1" },
    code: "CRASH_LOOP",
    says: /CrashLoopBackOff.*back-off 10s restarting failed container/,
  },
  "an image that runs as root": {
    before: ({ images }) => images.set("root:1", { isRoot: true }),
    job: { image: "root:1" },
    code: "CONFIG_INVALID",
    says: /CreateContainerConfigError.*runAsNonRoot.*set run_as_user/,
  },
  "a container that the runtime cannot make": {
    before: ({ images }) =>
      images.set("odd:1", { container: { reason: "CreateContainerError", message: "context deadline exceeded" } }),
    job: { image: "odd:1" },
    code: "PROVIDER_ERROR",
    says: /CreateContainerError: context deadline exceeded/,
  },
  "a runtime that does not find the command": {
    before: ({ images }) =>
      images.set("bare:1", {
        container: { reason: "RunContainerError", message: 'exec: "serve": executable file not found in $PATH' },
      }),
    job: { image: "bare:1" },
    code: "COMMAND_NOT_FOUND",
    says: /RunContainerError.*executable file not found/,
  },
  "more CPU than any node has": {
    job: { resources: { cpuMillis: 64_000 } },
    code: "INSUFFICIENT_RESOURCES",
    says: /0\/1 nodes.*Insufficient cpu/,
  },
  "more memory than any node has": {
    job: { resources: { memoryBytes: 2 ** 40 } },
    code: "INSUFFICIENT_RESOURCES",
    says: /Insufficient memory/,
  },
  "a GPU where there is none": {
    job: { resources: { gpu: 1 } },
    code: "INSUFFICIENT_RESOURCES",
    says: /Insufficient nvidia.com\/gpu/,
  },
  "a node selector that no node matches": {
    config: { node_selector: { pool: "none" } },
    code: "CONFIG_INVALID",
    says: /didn't match Pod's node affinity\/selector/,
  },
  "a quota that is used up": {
    before: (cluster) => cluster.apply("resourcequotas", quota({ "requests.cpu": "1" })),
    job: { resources: { cpuMillis: 2_000 } },
    code: "QUOTA_EXCEEDED",
    says: /FailedCreate.*exceeded quota: team.*limited: requests.cpu=1/,
  },
  "a service account that is not there": {
    config: { service_account: "nobody" },
    code: "CONFIG_INVALID",
    says: /serviceaccount "nobody" not found/,
  },
  "a namespace that is not there": {
    before: removeNamespaces,
    code: "CONFIG_INVALID",
    says: /namespaces "hodei-jobs" not found/,
  },
  "a server that is overloaded for long": {
    before: ({ mood }) =>
      mood.failures.push(
        ...Array.from(
          { length: 40 },
          () => new StatusError(429, "TooManyRequests", "too many requests, please try again later"),
        ),
      ),
    code: "THROTTLED",
    says: /too many requests/,
  },
};

test.each(Object.entries(CASES))(
  "%s is named, waited for no longer than its grace, and leaves no Job behind",
  async (_, { job, config, before, code, says }) => {
    await using open = await openKubernetes(config);
    before?.(open.cluster);
    const worker = workerOf(["true"], {}, job);
    await expect(open.provider.start(worker, signal())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
    expect(open.cluster.job(worker.name)).toBeUndefined();
    expect(open.exits.count(worker.name)).toBe(0);
  },
);

test("an image that can be pulled after all is waited for, and the job's log says so meanwhile", async () => {
  await using open = await openKubernetes({ grace_periods: { image_pull_seconds: 60 } });
  const { cluster, provider, exits } = open;
  cluster.images.set("late:1", { pull: "registry is starting" });
  const said: string[] = [];
  const worker: WorkerSpec = {
    ...workerOf(["true"], {}, { image: "late:1" }),
    progress(line) {
      said.push(line);
      if (line.includes("ImagePullBackOff")) cluster.images.delete("late:1");
    },
  };
  expect(await provider.start(worker, signal())).toMatchObject({ adopted: false });
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
  expect(said.join("\n")).toMatch(/ErrImagePull: registry is starting/);
});

test("a node that comes while a pod waits for one takes it", async () => {
  await using open = await openKubernetes({ grace_periods: { scheduling_seconds: 60 } });
  const worker: WorkerSpec = {
    ...workerOf(["true"], {}, { resources: { gpu: 1 } }),
    progress(line) {
      if (line.includes("Insufficient") && open.cluster.objects("nodes").length === 1)
        open.cluster.apply("nodes", node("gpu-1", { cpu: "4", memory: "8Gi", "nvidia.com/gpu": "1" }));
    },
  };
  await open.provider.start(worker, signal());
  expect(await open.exits.of(worker.name)).toMatchObject({ exitCode: 0 });
});

const forever = ["sh", "-c", "echo on; while :; do sleep 0.05; done"];

test.each([
  ["out of memory", "oomKill", { exitCode: 137, failure: { code: "OOM_KILLED" } }],
  [
    "evicted by its node",
    "evict",
    { failure: { code: "INSUFFICIENT_RESOURCES", detail: expect.stringContaining("low on resource") } },
  ],
  [
    "preempted",
    "preempt",
    { failure: { code: "INSUFFICIENT_RESOURCES", detail: expect.stringContaining("preempted") } },
  ],
  [
    "drained away",
    "drain",
    { failure: { code: "WORKER_LOST", detail: expect.stringContaining("EvictionByEvictionAPI") } },
  ],
  [
    "deleted by somebody",
    "deletePod",
    { failure: { code: "WORKER_LOST", detail: expect.stringContaining("deleted by somebody else") } },
  ],
] as const)("a running worker that is %s says so, once", async (_, how, expected) => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  const worker = workerOf(forever);
  await provider.start(worker, signal());
  await firstOf(provider.logs(worker.name, {}, signal()));
  cluster[how](await cluster.pod(worker.name));
  expect(await exits.of(worker.name)).toMatchObject(expected);
  await provider.remove(worker.name);
  expect(exits.count(worker.name)).toBe(1);
});

test("a node that is lost loses its workers; a Job that somebody deletes is lost", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  const [first, second] = [workerOf(forever), workerOf(forever)];
  await provider.start(first, signal());
  await provider.start(second, signal());
  const job = cluster.job(second.name);
  if (job) cluster.remove("jobs", job);
  expect(await exits.of(second.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  cluster.loseNode(NODE);
  expect(await exits.of(first.name)).toMatchObject({
    failure: { code: "WORKER_LOST", detail: expect.stringContaining("DeletionByTaintManager") },
  });
});

test("the cluster's own deadline is a timeout of the run", async () => {
  await using open = await openKubernetes({ termination_grace_seconds: 1 });
  const { provider, exits } = open;
  const worker = workerOf(forever, {}, { provisioningTimeoutSeconds: 1 });
  // Hodei's own stop comes first in life; here nobody stops it, and the margin of the net (120 s) is taken off.
  await provider.start({ ...worker, timeoutSeconds: -119 }, signal());
  expect(await exits.of(worker.name)).toMatchObject({
    failure: { code: "TIMEOUT_RUN", detail: expect.stringContaining("DeadlineExceeded") },
  });
});

test("a Job of that very name that is not ours is left alone", async () => {
  await using open = await openKubernetes();
  const { cluster, provider } = open;
  const worker = workerOf(["true"]);
  cluster.apply("jobs", {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: worker.name, namespace: NAMESPACE },
    spec: { template: { spec: { containers: [{ name: "theirs", image: "theirs:1", args: ["sleep", "60"] }] } } },
    status: {},
  });
  await expect(provider.start(worker, signal())).rejects.toMatchObject({
    code: "PROVIDER_ERROR",
    message: expect.stringContaining("is not ours"),
  });
  await provider.stop(worker.name, 0);
  await provider.remove(worker.name);
  expect(cluster.job(worker.name)).toBeDefined();
  expect(await provider.list(signal())).toEqual([]);
});
