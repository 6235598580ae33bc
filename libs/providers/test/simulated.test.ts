import { expect, test } from "vitest";
import { describeConformance, followExits, workerOf } from "../src/conformance/describe-conformance.ts";
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
