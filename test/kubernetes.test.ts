import {
  hodei,
  type KubernetesDouble,
  kubernetesDouble,
  NAMESPACE,
  type TestCluster,
  testCluster,
  waitFor,
} from "@hodei/testing";
import { expect, test } from "vitest";

const all = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];

/** Hodei with one Kubernetes provider at a cluster of this test's own. */
async function start(
  more: object = {},
): Promise<AsyncDisposable & { cluster: TestCluster; kubernetes: KubernetesDouble; path: string }> {
  await using stack = new AsyncDisposableStack();
  const kubernetes = stack.use(await kubernetesDouble());
  const cluster = stack.use(await testCluster());
  const path = kubernetes.tokenConfig("system:serviceaccount:hodei-jobs:hodei-provisioner", all);
  await cluster.addProvider({
    name: "Production Kubernetes",
    provider_type: "kubernetes",
    priority: 100,
    config: {
      type: "kubernetes",
      kubeconfig_path: path,
      namespace: NAMESPACE,
      service_account: "hodei-worker",
      default_image: "hodei-jobs-worker:v3",
      grace_periods: { image_pull_seconds: 1 },
      ...more,
    },
  });
  const owned = stack.move();
  return { cluster, kubernetes, path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function logOf(cluster: TestCluster, jobId: string): Promise<string> {
  let text = "";
  for await (const { stream, text: piece } of cluster.bus.readJobLogs(jobId, {
    follow: false,
    signal: AbortSignal.timeout(20_000),
  }))
    if (stream !== "system") text += piece;
  return text;
}

test("a published job runs as a Job of the cluster, which is removed when its end is settled; jobs get says how to look at it", async () => {
  await using started = await start();
  const { cluster, kubernetes, path } = started;
  await cluster.submit({
    job_id: "nightly",
    command: ["sh", "-c", 'echo "$GREETING from $HODEI_PROVIDER"; exit 3'],
    env: { GREETING: "hi $(HOME)" },
  });
  expect(await cluster.reaches("nightly", "FAILED")).toMatchObject({
    provider_name: "Production Kubernetes",
    exit_code: 3,
    failure_code: "EXIT_NONZERO",
  });
  expect(await logOf(cluster, "nightly")).toBe("hi $(HOME) from Production Kubernetes\n");
  await waitFor("the Job to be removed", () => kubernetes.objects("jobs").length === 0);
  const { stdout } = await hodei(cluster, "jobs", "get", "nightly");
  expect(stdout).toContain(
    `kubectl --kubeconfig ${path} get job hodei-nightly-1 -n ${NAMESPACE} -o jsonpath='{.spec.template.spec}'`,
  );
});

test("an image that the cluster cannot pull moves the job to another provider, with the reason on the attempt and no Job left", async () => {
  await using started = await start();
  const { cluster, kubernetes } = started;
  kubernetes.images.set("hodei-jobs-worker:v3", { pull: "manifest unknown" });
  await cluster.addProvider({ name: "spare", provider_type: "process" });
  await cluster.submit({ job_id: "moves", command: ["true"] });
  expect(await cluster.reaches("moves", "SUCCEEDED")).toMatchObject({ provider_name: "spare", attempt: 2 });
  const [first] = await cluster.database.query(
    "SELECT failure_code, failure_message FROM workers WHERE job_id = 'moves' AND attempt = 1",
  );
  expect(first).toMatchObject({
    failure_code: "IMAGE_PULL",
    failure_message: expect.stringContaining("manifest unknown"),
  });
  expect(kubernetes.objects("jobs")).toEqual([]);
});

test("a provisioner that is killed comes back and adopts its running Job, with all that it wrote", async () => {
  await using started = await start();
  const { cluster, kubernetes } = started;
  await cluster.submit({
    job_id: "survivor",
    command: ["sh", "-c", "echo before; until [ -e go ]; do sleep 0.05; done; echo after; exit 5"],
  });
  await cluster.reaches("survivor", "RUNNING");
  await cluster.service("provisioner").kill("SIGKILL");
  await cluster.start("provisioner");
  await cluster.service("provisioner").logged("the take-over", (line) => line.msg === "workers taken over");
  await kubernetes.touchInPods("go");
  expect(await cluster.reaches("survivor", "FAILED")).toMatchObject({ exit_code: 5, attempt: 1 });
  expect(await logOf(cluster, "survivor")).toBe("before\nafter\n");
});

test("a cancel and a timeout end the pod", async () => {
  await using started = await start();
  const { cluster, kubernetes } = started;
  await cluster.submit(
    { job_id: "too-long", command: ["sleep", "300"], timeout_seconds: 1 },
    { job_id: "unwanted", command: ["sleep", "300"] },
  );
  expect(await cluster.reaches("too-long", "TIMED_OUT")).toMatchObject({ failure_code: "TIMEOUT_RUN" });
  await cluster.reaches("unwanted", "RUNNING");
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "cancel", body: { job_id: "unwanted" } }]);
  await cluster.reaches("unwanted", "CANCELLED");
  await waitFor("both Jobs to be gone", () => kubernetes.objects("jobs").length === 0);
});
