import { waitFor } from "@hodei/testing";
import { expect, test } from "vitest";
import { followExits } from "../src/conformance/follow-exits.ts";
import { collect, firstOf, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";
import { type OpenCluster, openKubernetes } from "./open-kubernetes.ts";

const signal = () => AbortSignal.timeout(30_000);
const WATCHES = 3;

/** A worker that runs until a file is there. */
async function gated(open: OpenCluster, exitCode: number) {
  const worker = workerOf(["sh", "-c", `echo on; until [ -e go ]; do sleep 0.05; done; echo off; exit ${exitCode}`]);
  await open.provider.start(worker, signal());
  return worker;
}

/** Ends all workers that wait, as their own commands would. */
async function letGo({ cluster }: OpenCluster): Promise<void> {
  await cluster.touchInPods("go");
}

const BREAKS: Readonly<Record<string, (open: OpenCluster) => Promise<void>>> = {
  "that break": async ({ cluster }) => cluster.dropWatches(),
  "whose version has expired": async ({ cluster }) => cluster.expireWatches(),
  "that say nothing more": async ({ cluster }) => cluster.hangWatches(),
  "of a server that is away for a while": async ({ cluster }) => cluster.server.stop(),
};

test.each(Object.entries(BREAKS))("no end is lost by watches %s", async (_, breakThem) => {
  await using open = await openKubernetes();
  const { cluster, exits } = open;
  const worker = await gated(open, 7);
  await waitFor("the watches to be open", () => cluster.openWatches === WATCHES);
  await breakThem(open);
  await letGo(open);
  await waitFor("the container to end", () =>
    cluster.objects("jobs").every(({ status }) => (status as { failed?: number }).failed === 1),
  );
  await cluster.server.start();
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 7 });
  expect(exits.count(worker.name)).toBe(1);
});

test("a start goes on over a server that restarts and one that is overloaded for a moment", async () => {
  await using open = await openKubernetes({ grace_periods: { image_pull_seconds: 60 } });
  const { cluster, provider, exits } = open;
  cluster.images.set("slow:1", { pull: "not yet" });
  const worker = {
    ...workerOf(["true"], {}, { image: "slow:1" }),
    progress(line: string) {
      if (line.includes("ImagePullBackOff")) restart.resolve();
    },
  };
  const restart = Promise.withResolvers<void>();
  const starting = provider.start(worker, signal());
  await restart.promise;
  await cluster.server.stop();
  cluster.images.delete("slow:1");
  await waitFor("the pod to end", () =>
    cluster.objects("jobs").every(({ status }) => (status as { succeeded?: number }).succeeded === 1),
  );
  await cluster.server.start();
  expect(await starting).toMatchObject({ name: worker.name });
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
});

test("a create whose connection breaks makes one worker", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  await waitFor("the watches to be open", () => cluster.openWatches === WATCHES);
  cluster.mood.loseAnswers = 1;
  const worker = workerOf(["true"]);
  expect(await provider.start(worker, signal())).toMatchObject({ adopted: true });
  expect(cluster.objects("jobs")).toHaveLength(1);
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
});

test("output that is followed goes on where it was over a broken connection and over a rotated file", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  const script = "seq 1 500; until [ -e go ]; do sleep 0.05; done; seq 501 1000";
  const worker = workerOf(["sh", "-c", script]);
  await provider.start(worker, signal());
  const chunks = provider.logs(worker.name, {}, signal());
  let text = "";
  for await (const chunk of chunks) {
    text += chunk.text;
    if (!text.endsWith("500\n")) continue;
    cluster.rotateLog(await cluster.pod(worker.name));
    cluster.cutLogs();
    await letGo(open);
  }
  expect(text).toBe(`${Array.from({ length: 1000 }, (_, i) => i + 1).join("\n")}\n`);
  await exits.of(worker.name);
});

test("where the cluster cannot tell the streams apart, all output is stdout", async () => {
  await using open = await openKubernetes();
  open.cluster.splitsStreams = false;
  const worker = workerOf(["sh", "-c", "echo out; echo err >&2"]);
  await open.provider.start(worker, signal());
  const chunks = await collect(open.provider.logs(worker.name, {}, signal()));
  expect(textOf(chunks, "stdout").split("\n").sort()).toEqual(["", "err", "out"]);
  expect(textOf(chunks, "stderr")).toBe("");
});

test("a server too old to be asked for one stream is not asked", async () => {
  await using open = await openKubernetes();
  open.cluster.mood.minor = "31";
  const worker = workerOf(["sh", "-c", "echo out; echo err >&2"]);
  await open.provider.start(worker, signal());
  const chunks = await collect(open.provider.logs(worker.name, {}, signal()));
  expect(textOf(chunks, "stdout").split("\n").sort()).toEqual(["", "err", "out"]);
});

test("a stop leaves exit code and last lines for a control plane that was away", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, config } = open;
  const worker = workerOf(["sh", "-c", "trap 'echo bye; exit 5' TERM; echo on; while :; do sleep 0.05; done"]);
  const context = adapterContext("/nonexistent");
  const first = await openProvider("kubernetes", config, context);
  await first.start(worker, signal());
  await firstOf(first.logs(worker.name, {}, signal()));
  await first.stop(worker.name, 20);
  await first[Symbol.asyncDispose]();
  await waitFor("the pod to end", async () => (await cluster.pod(worker.name)).status.phase === "Failed");
  await using second = await openProvider("kubernetes", config, context);
  const seen = followExits(second);
  expect(textOf(await collect(second.logs(worker.name, {}, signal())), "stdout")).toBe("on\nbye\n");
  expect(await seen.of(worker.name)).toMatchObject({ exitCode: 5 });
  await seen.close();
  await second.remove(worker.name);
  await waitFor("Job and pod to be gone", () => [...cluster.objects("jobs"), ...cluster.objects("pods")].length === 0);
  expect(await provider.list(signal())).toEqual([]);
});

test("many requests share few connections", async () => {
  await using open = await openKubernetes();
  const { cluster, provider, exits } = open;
  await provider.start(workerOf(["true"]), signal());
  const before = cluster.server.connections;
  for (let i = 0; i < 20; i += 1) {
    const worker = workerOf(["true"]);
    await provider.start(worker, signal());
    await exits.of(worker.name);
    await provider.remove(worker.name);
  }
  // Some watches end meanwhile; each opens one anew at most.
  expect(cluster.server.connections - before).toBeLessThan(20);
});
