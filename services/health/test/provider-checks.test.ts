import { type Health, type openProvider, type Provider, StartError } from "@hodei/providers";
import type { DueCheck } from "@hodei/store";
import { makeLogger } from "@hodei/telemetry";
import { expect, test } from "vitest";
import { makeProviderChecks } from "../src/provider-checks.ts";

const config = { intervalSeconds: 30, timeoutSeconds: 0.05, failureThreshold: 3, successThreshold: 2 };
const due: DueCheck = {
  providerId: "11111111-1111-1111-1111-111111111111",
  name: "p",
  providerType: "any",
  config: { type: "any" },
  generation: 1,
  status: "ACTIVE",
  health: "unknown",
  consecutiveFailures: 0,
  consecutiveSuccesses: 0,
  recent: "",
  claimant: "c",
  claimedAt: "",
};

/** An adapter of which the test decides how it opens and answers; counts both. */
function adapter({
  answer,
  opening = async () => {},
}: {
  answer: (signal: AbortSignal) => Promise<Health>;
  opening?: () => Promise<void>;
}) {
  const counts = { opened: 0, closed: 0, asked: 0 };
  const open: typeof openProvider = async () => {
    counts.opened += 1;
    await opening();
    return {
      check: (signal: AbortSignal) => {
        counts.asked += 1;
        return answer(signal);
      },
      async [Symbol.asyncDispose]() {
        counts.closed += 1;
      },
    } as unknown as Provider;
  };
  return { counts, checks: makeProviderChecks({ open, clusterId: "c", home: "/", logger: makeLogger("t", "silent") }) };
}

const healthy: Health = { state: "healthy" };
const never = () => new Promise<never>(() => undefined);

test("a provider stays open while it is well, and is opened anew after a bad check or a change of its configuration", async () => {
  let state: Health = healthy;
  const { counts, checks } = adapter({ answer: async () => state });
  for (let i = 0; i < 3; i += 1) await checks.check(due, config);
  expect(counts).toEqual({ opened: 1, closed: 0, asked: 3 });
  await checks.check({ ...due, config: { type: "any", other: true } }, config);
  expect(counts).toMatchObject({ opened: 2, closed: 1 });
  state = { state: "unhealthy", code: "PERMISSION_DENIED" };
  await checks.check(due, config);
  await checks.check(due, config);
  expect(counts).toMatchObject({ opened: 4, closed: 4 });
  await checks[Symbol.asyncDispose]();
});

test("an adapter that ignores its signal is asked once, however often its check is due", async () => {
  const { counts, checks } = adapter({ answer: never });
  const first = await checks.check(due, config);
  expect(first.found).toEqual({
    state: "degraded",
    code: "UNREACHABLE",
    detail: "no answer within 0.05 s",
    needsConfirmation: true,
  });
  for (let i = 0; i < 5; i += 1) expect((await checks.check(due, config)).found.detail).toMatch(/still has no answer/);
  expect(counts).toEqual({ opened: 1, closed: 1, asked: 1 });
});

test("so is one that never opens, and its answer counts no more when the configuration was changed meanwhile", async () => {
  const { counts, checks } = adapter({ answer: async () => healthy, opening: never });
  for (let i = 0; i < 3; i += 1) await checks.check(due, config);
  expect(counts.opened).toBe(1);
  await checks.check({ ...due, config: { type: "any", mended: true } }, config);
  expect(counts.opened).toBe(2);
});

test("a question that is answered late may be asked again", async () => {
  const gate = Promise.withResolvers<Health>();
  const { counts, checks } = adapter({ answer: () => (counts.asked === 1 ? gate.promise : Promise.resolve(healthy)) });
  await checks.check(due, config);
  gate.resolve(healthy);
  await gate.promise;
  await new Promise(setImmediate);
  expect((await checks.check(due, config)).found).toEqual(healthy);
});

test("credentials that cannot be read count at once, silence while opening does not", async () => {
  const failing = (error: Error) =>
    adapter({ answer: async () => healthy, opening: () => Promise.reject(error) }).checks.check(due, config);
  expect((await failing(new Error("file:/nowhere cannot be read"))).found).toMatchObject({
    state: "unhealthy",
    code: "PROVIDER_ERROR",
    detail: "file:/nowhere cannot be read",
  });
  expect((await failing(new StartError("CONFIG_INVALID", "no such type"))).found).toMatchObject({
    state: "unhealthy",
    code: "CONFIG_INVALID",
  });
  expect((await failing(new Error("connect ECONNREFUSED 10.0.0.1:6443"))).found).toMatchObject({
    code: "UNREACHABLE",
    needsConfirmation: true,
  });
});
