import { KubernetesConfig } from "@hodei/contracts";
import { expect, test } from "vitest";
import { workerOf } from "../src/conformance/worker-of.ts";
import { jobManifest } from "../src/kubernetes/job-manifest.ts";
import { labelValue } from "../src/kubernetes/labels.ts";
import { secretManifest } from "../src/kubernetes/secret-manifest.ts";
import type { WorkerSpec } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const context = adapterContext("/nonexistent", { providerName: "Production Kubernetes" });

function manifestOf(worker: WorkerSpec, more: object = {}) {
  const config = KubernetesConfig.parse({ type: "kubernetes", namespace: "jobs", default_image: "base:1", ...more });
  const job = jobManifest(worker, config, context, "its-secret");
  const pod = job.spec?.template.spec;
  return { job, pod, container: pod?.containers[0] };
}

test("a Job runs one pod once, ends by itself at the latest, and stays for a control plane that is away", () => {
  const worker = { ...workerOf(["true"]), timeoutSeconds: 600 };
  const { job, pod } = manifestOf(worker);
  expect(job.metadata?.name).toBe(worker.name);
  expect(job.spec).toMatchObject({
    backoffLimit: 0,
    completions: 1,
    parallelism: 1,
    podReplacementPolicy: "Failed",
    activeDeadlineSeconds: 600 + 60 + 120,
    ttlSecondsAfterFinished: 86_400,
  });
  expect(pod).toMatchObject({ restartPolicy: "Never", terminationGracePeriodSeconds: 30, enableServiceLinks: false });
});

test("a pod meets the restricted Pod Security Standard and has no token", () => {
  const { pod, container } = manifestOf(workerOf(["true"]), { service_account: "hodei-worker" });
  expect(pod).toMatchObject({ serviceAccountName: "hodei-worker", automountServiceAccountToken: false });
  expect(pod?.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    privileged: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(manifestOf(workerOf(["true"]), { run_as_user: 65_532 }).pod?.securityContext?.runAsUser).toBe(65_532);
  const asked = manifestOf(workerOf(["true"]), { mount_service_account_token: true });
  expect(asked.pod?.automountServiceAccountToken).toBe(true);
});

test.each([
  ["nothing is asked", {}, {}, undefined],
  [
    "the job asks",
    { cpuMillis: 500, memoryBytes: 2 ** 28, gpu: 2 },
    {},
    { cpu: "500m", memory: "268435456", "nvidia.com/gpu": "2" },
  ],
  [
    "the provider has a default",
    { cpuMillis: 500 },
    { default_resources: { cpu_limit: 2, memory_limit: "1Gi" } },
    { cpu: "500m", memory: "1073741824" },
  ],
  ["no GPU is asked for in so many words", { gpu: 0 }, { default_resources: { gpu_limit: 1 } }, undefined],
])("requests equal limits where %s", (_, resources, more, expected) => {
  const { container } = manifestOf(workerOf(["true"], {}, { resources }), more);
  expect(container?.resources).toEqual(expected && { requests: expected, limits: expected });
});

test("where a pod may run is what the configuration and the job's architecture say", () => {
  const { pod } = manifestOf(workerOf(["true"], {}, { architecture: "arm64", image: "own:2" }), {
    node_selector: { "node-type": "worker" },
    tolerations: [{ key: "dedicated", operator: "Equal", value: "worker", effect: "NoSchedule" }],
    image_pull_secrets: ["registry"],
  });
  expect(pod).toMatchObject({
    nodeSelector: { "node-type": "worker", "kubernetes.io/arch": "arm64" },
    tolerations: [{ key: "dedicated", operator: "Equal", value: "worker", effect: "NoSchedule" }],
    imagePullSecrets: [{ name: "registry" }],
    containers: [{ image: "own:2" }],
  });
});

test("values of secrets stand in no Job, and what looks like a variable of Kubernetes is left as it is", () => {
  const worker = workerOf(
    ["echo", "$(HOME) $$"],
    { TOKEN: "hunter2", PLAIN: "a$(TOKEN)" },
    { secrets: { TOKEN: "env:HODEI_SECRET_TOKEN" } },
  );
  const { job, container } = manifestOf(worker);
  expect(JSON.stringify(job)).not.toContain("hunter2");
  expect(container?.args).toEqual(["echo", "$$(HOME) $$$$"]);
  expect(container?.env).toEqual([
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "its-secret", key: "TOKEN" } } },
    { name: "PLAIN", value: "a$$(TOKEN)" },
  ]);
  const owner = { name: worker.name, uid: "u-1", labels: {}, isComplete: false };
  const secret = secretManifest(worker, context, owner, "its-secret");
  expect(secret).toMatchObject({ immutable: true, data: { TOKEN: Buffer.from("hunter2").toString("base64") } });
  expect(secret.metadata?.ownerReferences).toEqual([
    { apiVersion: "batch/v1", kind: "Job", name: worker.name, uid: "u-1" },
  ]);
});

test("whose a Job is stands in its labels; what is no label there is hashed, and whole in an annotation", () => {
  const odd = { ...context, clusterId: "cluster of Zoë / blue" };
  const worker = workerOf(["true"]);
  const config = KubernetesConfig.parse({ type: "kubernetes", namespace: "jobs", default_image: "base:1" });
  const { metadata, spec } = jobManifest(worker, config, odd, "s");
  expect(metadata?.labels).toMatchObject({
    "hodei.dev/managed": "true",
    "hodei.dev/job-id": worker.jobId,
    "hodei.dev/attempt": "1",
    "hodei.dev/provider": context.providerId,
    "hodei.dev/worker": worker.name,
  });
  expect(metadata?.labels?.["hodei.dev/cluster"]).toMatch(/^h-[0-9a-f]{40}$/);
  expect(metadata?.annotations).toEqual({
    "hodei.dev/cluster": "cluster of Zoë / blue",
    "hodei.dev/provider-name": "Production Kubernetes",
  });
  expect(spec?.template.metadata?.labels).toEqual(metadata?.labels);
  for (const text of ["", "-", "a".repeat(64), "ä", "a b"]) expect(labelValue(text)).toMatch(/^h-[0-9a-f]{40}$/);
  expect(labelValue("v1.2_3-x")).toBe("v1.2_3-x");
});
