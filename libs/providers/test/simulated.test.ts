import { expect, test } from "vitest";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

const context = adapterContext("/nonexistent");

describeConformance("simulated", { outlives: false, runs: false }, async () => ({
  open: () => openProvider("simulated", { type: "simulated", run_time_ms: 5 }, context),
  close: async () => undefined,
}));

test("the share of failing starts is what the configuration says, and the same at each run", async () => {
  await using provider = await openProvider(
    "simulated",
    { type: "simulated", start_failure_rate: 0.3, seed: 7 },
    context,
  );
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const worker = { ...workerOf(["true"]), name: `hodei-s-${i}-1` };
      return await provider.start(worker, AbortSignal.timeout(5_000)).then(
        () => "started",
        (error: { code: string }) => error.code,
      );
    }),
  );
  const failed = outcomes.filter((outcome) => outcome === "IMAGE_PULL").length;
  expect(failed).toBeGreaterThan(250);
  expect(failed).toBeLessThan(350);
  expect(outcomes.filter((outcome) => outcome !== "IMAGE_PULL").every((outcome) => outcome === "started")).toBe(true);
});

test("runs end in the order of their time", async () => {
  await using provider = await openProvider(
    "simulated",
    { type: "simulated", run_time_ms: 20, failure_rate: 1, exit_code: 4 },
    context,
  );
  const exits = followExits(provider);
  const worker = workerOf(["true"]);
  await provider.start(worker, AbortSignal.timeout(5_000));
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 4 });
  await exits.close();
});

test("a start takes its latency once, however often it is asked for meanwhile", async () => {
  await using provider = await openProvider("simulated", { type: "simulated", start_latency_ms: 20 }, context);
  const exits = followExits(provider);
  const worker = workerOf(["true"]);
  const handles = await Promise.all([1, 2, 3].map(() => provider.start(worker, AbortSignal.timeout(5_000))));
  expect(handles.map((handle) => handle.adopted)).toEqual([false, true, true]);
  await exits.of(worker.name);
  expect(exits.count(worker.name)).toBe(1);
  await exits.close();
});

test("a start that is given up, or whose provider is closed, does not hang", async () => {
  const provider = await openProvider("simulated", { type: "simulated", start_latency_ms: 3_600_000 }, context);
  const stop = new AbortController();
  const givenUp = provider.start(workerOf(["true"]), stop.signal);
  stop.abort(new Error("given up"));
  await expect(givenUp).rejects.toThrow("given up");
  const closed = provider.start(workerOf(["true"]), AbortSignal.timeout(60_000));
  await Promise.all([expect(closed).rejects.toThrow("closed"), provider[Symbol.asyncDispose]()]);
});

test("a stop ends a run before its time, and what is running is not forgotten", async () => {
  await using provider = await openProvider("simulated", { type: "simulated", run_time_ms: 3_600_000 }, context);
  const exits = followExits(provider);
  const worker = workerOf(["true"]);
  await provider.start(worker, AbortSignal.timeout(5_000));
  await provider.remove(worker.name);
  expect(await provider.list(AbortSignal.timeout(5_000))).toHaveLength(1);
  await provider.stop(worker.name, 0);
  expect(await exits.of(worker.name)).toMatchObject({ exitCode: 143 });
  await provider.remove(worker.name);
  expect(await provider.list(AbortSignal.timeout(5_000))).toEqual([]);
  await exits.close();
});

test("a watcher that leaves in the middle leaves the rest to the next", async () => {
  await using provider = await openProvider("simulated", { type: "simulated" }, context);
  const workers = [1, 2, 3].map(() => workerOf(["true"]));
  for (const worker of workers) await provider.start(worker, AbortSignal.timeout(5_000));
  for await (const exit of provider.watch(AbortSignal.timeout(5_000))) {
    expect(exit.name).toBe(workers[0]?.name);
    break;
  }
  const exits = followExits(provider);
  for (const worker of workers.slice(1)) expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
  expect(exits.count(workers[0]?.name ?? "")).toBe(0);
  await exits.close();
});
