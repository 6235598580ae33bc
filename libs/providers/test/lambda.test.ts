import { AwsError, lambdaEndpoint, RuntimeFailure } from "@hodei/testing";
import { expect, test } from "vitest";
import { collect, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import type { WorkerSpec } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";
import { openLambda } from "./open-lambda.ts";

const signal = () => AbortSignal.timeout(30_000);

function payloadWorker(payload: unknown, env: Record<string, string> = {}): WorkerSpec {
  const worker = workerOf([], env, { payload });
  const { command: _, ...job } = worker.job;
  return { ...worker, job };
}

test("a function of the user's own gets the payload as it is, and who asks as its client context", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", (event, context) => {
    context.log("hello\n");
    return { got: event };
  });
  const env = { HODEI_JOB_ID: "j", HODEI_ATTEMPT: "1", TRACEPARENT: "00-a-b-01", SECRET: "hidden" };
  const worker = payloadWorker({ n: [1, "zwei"] }, env);
  const said: string[] = [];
  await lambda.provider.start({ ...worker, progress: (line) => said.push(line) }, signal());
  expect(await lambda.exits.of(worker.name)).toMatchObject({ exitCode: 0, result: { got: { n: [1, "zwei"] } } });
  expect(textOf(await collect(lambda.provider.logs(worker.name, {}, signal())), "stdout")).toBe("hello\n");
  expect(lambda.endpoint.invoking.invocations).toMatchObject([
    {
      event: { n: [1, "zwei"] },
      clientContext: { custom: { HODEI_JOB_ID: "j", HODEI_ATTEMPT: "1", TRACEPARENT: "00-a-b-01" } },
    },
  ]);
  expect(JSON.stringify(lambda.endpoint.invoking.invocations)).not.toContain("hidden");
  expect(said.at(-1)).toMatch(/^AWS request [0-9a-f-]+ took [\d.]+ ms, billed \d+ ms, used 38 of 256 MB$/);
});

test("a function of the user's own that fails, dies or takes too long is named", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  let isOver: () => void = () => undefined;
  lambda.endpoint.addFunction(
    "mine",
    (event) => {
      if (event === "throws") throw new TypeError("x is not a function");
      if (event === "dies") throw new RuntimeFailure("Runtime.ExitError", "Runtime exited with error: signal: killed");
      if (event === "unloadable")
        throw new RuntimeFailure("Runtime.ImportModuleError", "Cannot find module", { duringInit: true });
      return new Promise<void>((resolve) => {
        isOver = resolve;
      });
    },
    { timeoutSeconds: 1 },
  );
  const codes: Record<string, string | undefined> = {};
  for (const event of ["throws", "dies", "unloadable", "hangs"])
    codes[event] = (await lambda.outcomeOf(payloadWorker(event))).failure?.code;
  isOver();
  expect(codes).toEqual({ throws: "EXIT_NONZERO", dies: "OOM_KILLED", unloadable: "CRASH_LOOP", hangs: "TIMEOUT_RUN" });
});

test("a payload without a function to take it, and a command for a function that runs none, say what to write", async () => {
  await using own = await openLambda();
  expect((await own.outcomeOf(payloadWorker(1))).failure).toMatchObject({
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("write the function_name"),
  });
  await using lambda = await openLambda({ function_name: "mine" }, { at: own.endpoint });
  own.endpoint.addFunction("mine", () => "hello");
  expect((await lambda.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code: "CONFIG_INVALID",
    detail: expect.stringContaining('answered "hello", without an exit_code'),
  });
});

test("provisioners that need the function at the same moment make one, and another configuration is another one", async () => {
  await using endpoint = await lambdaEndpoint();
  const context = adapterContext("/nonexistent");
  const same = () => openLambda({}, { at: endpoint, context: { ...context, providerId: crypto.randomUUID() } });
  await using one = await same();
  await using two = await same();
  const ends = await Promise.all([one, two, one, two].map((each) => each.outcomeOf(workerOf(["true"]))));
  expect(ends).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }]);
  expect(endpoint.functions.all.size).toBe(1);
  await using larger = await openLambda({ memory_mb: 512 }, { at: endpoint, context });
  expect(await larger.outcomeOf(workerOf(["true"]))).toMatchObject({ exitCode: 0 });
  const [made] = [...endpoint.functions.all.values()];
  expect(made?.tags).toMatchObject({ "hodei.dev/managed": "true", "hodei.dev/cluster": context.clusterId });
  expect(made?.request.Environment).toBeUndefined();
  expect([...endpoint.functions.all.values()].map(({ request }) => request.MemorySize)).toEqual([256, 512]);
});

test("a function that was deleted behind our back is made anew, one that was changed gets no job", async () => {
  await using lambda = await openLambda();
  const { all } = lambda.endpoint.functions;
  expect(await lambda.outcomeOf(workerOf(["true"]))).toMatchObject({ exitCode: 0 });
  const [name = ""] = all.keys();
  lambda.endpoint.functions.remove(name);
  expect((await lambda.outcomeOf(workerOf(["true"]))).failure).toMatchObject({ code: "CONFIG_INVALID" });
  expect(await lambda.outcomeOf(workerOf(["true"]))).toMatchObject({ exitCode: 0 });
  const made = all.get(name);
  if (made) made.codeSha256 = "changed";
  await using later = await openLambda({}, { at: lambda.endpoint, context: lambda.context });
  expect((await later.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code: "PROVIDER_ERROR",
    detail: expect.stringMatching(
      /its code was changed; delete it.*aws lambda delete-function --function-name hodei-worker-/,
    ),
  });
});

test("an attempt that an earlier process announced is never invoked again, and AWS's silence is said", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => 1);
  const outcome = await lambda.outcomeOf({ ...payloadWorker(1), announced: "invocation:earlier" });
  expect(outcome.failure).toMatchObject({
    code: "WORKER_LOST",
    detail: expect.stringMatching(/invocation:earlier.*AWS cannot tell/),
  });
  expect(lambda.endpoint.operations).not.toContain("InvokeFunction");
});

test("what cannot be announced is not invoked, and what is announced was not invoked before", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => 1);
  const refused = { ...payloadWorker(1), announce: () => Promise.reject(new Error("the claim is gone")) };
  expect((await lambda.outcomeOf(refused)).failure).toMatchObject({
    detail: expect.stringContaining("the claim is gone"),
  });
  expect(lambda.endpoint.operations).not.toContain("InvokeFunction");
  const before: number[] = [];
  const announce = async () => void before.push(lambda.endpoint.invoking.invocations.length);
  expect(await lambda.outcomeOf({ ...payloadWorker(1), announce })).toMatchObject({ exitCode: 0 });
  expect(before).toEqual([0]);
});

test("a connection that breaks while the function runs is a lost worker, and nothing is sent again", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  const gate = Promise.withResolvers<void>();
  lambda.endpoint.addFunction("mine", () => gate.promise);
  const worker = payloadWorker(1);
  await lambda.provider.start(worker, signal());
  lambda.endpoint.cut();
  expect(await lambda.exits.of(worker.name)).toMatchObject({
    failure: { code: "WORKER_LOST", detail: expect.stringContaining("may have run to its end") },
  });
  gate.resolve();
  expect(lambda.endpoint.invoking.invocations).toHaveLength(1);
});

test("a throttle that passes is waited out, and the function runs once", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => "ran");
  const more = { Reason: "CallerRateLimitExceeded" };
  lambda.endpoint.nextErrors.set(
    "InvokeFunction",
    new AwsError(429, "TooManyRequestsException", "Rate Exceeded.", more),
  );
  expect(await lambda.outcomeOf(payloadWorker(1))).toMatchObject({ exitCode: 0, result: "ran" });
  expect(lambda.endpoint.invoking.invocations).toHaveLength(1);
});

test("a function that answers after a long silence is heard, and its worker is told running meanwhile", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  const gate = Promise.withResolvers<string>();
  lambda.endpoint.addFunction("mine", () => gate.promise);
  const worker = payloadWorker(1);
  expect(await lambda.provider.start(worker, signal())).toMatchObject({ state: "running", adopted: false });
  expect(await lambda.provider.list(signal())).toMatchObject([{ name: worker.name, state: "running" }]);
  await lambda.provider.remove(worker.name);
  expect(await lambda.provider.list(signal())).toHaveLength(1);
  gate.resolve("late");
  expect(await lambda.exits.of(worker.name)).toMatchObject({ exitCode: 0, result: "late" });
});

test("a stop tells once that nobody waits any more and that the function goes on", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  const gate = Promise.withResolvers<string>();
  lambda.endpoint.addFunction("mine", () => gate.promise);
  const worker = payloadWorker(1);
  await lambda.provider.start(worker, signal());
  await lambda.provider.stop(worker.name, 10);
  await lambda.provider.stop(worker.name, 10);
  expect(await lambda.exits.of(worker.name)).toMatchObject({
    failure: { code: "CANCELLED", detail: expect.stringContaining("the function runs on until it ends by itself") },
  });
  expect(await collect(lambda.provider.logs(worker.name, {}, signal()))).toEqual([]);
  gate.resolve("too late");
  await lambda.provider.remove(worker.name);
  const next = payloadWorker(2);
  await lambda.provider.start(next, signal());
  await lambda.exits.of(next.name);
  expect(lambda.exits.count(worker.name)).toBe(1);
});

test("a stop that comes with the worker's own timeout leaves it its grace, since the function ends by itself and its answer says more", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  const gate = Promise.withResolvers<string>();
  lambda.endpoint.addFunction("mine", () => gate.promise);
  const worker = { ...payloadWorker(1), timeoutSeconds: 1 };
  await lambda.provider.start(worker, signal());
  const stopped = lambda.provider.stop(worker.name, 30);
  gate.resolve("in time");
  await stopped;
  expect(await lambda.exits.of(worker.name)).toMatchObject({ exitCode: 0, result: "in time" });
  expect(lambda.exits.count(worker.name)).toBe(1);
});

test("a stop before the invocation was sent leaves it unsent", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => 1);
  const announcing = Promise.withResolvers<void>();
  const announced = Promise.withResolvers<void>();
  const worker = {
    ...payloadWorker(1),
    announce: () => {
      announcing.resolve();
      return announced.promise;
    },
  };
  const outcome = lambda.outcomeOf(worker);
  await announcing.promise;
  await lambda.provider.stop(worker.name, 0);
  announced.resolve();
  expect((await outcome).failure).toBeDefined();
  expect(await lambda.provider.list(signal())).toEqual([]);
  expect(lambda.endpoint.operations).not.toContain("InvokeFunction");
});

test("a provider that is opened anew still knows what it sent before, and can stop waiting for it", async () => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => Promise.withResolvers<void>().promise);
  const worker = payloadWorker(1);
  await lambda.provider.start(worker, signal());
  await using again = await openLambda(
    { function_name: "mine", timeout_seconds: 60 },
    { at: lambda.endpoint, context: lambda.context },
  );
  expect(await again.provider.list(signal())).toMatchObject([{ name: worker.name, state: "running" }]);
  expect(await again.provider.start(worker, signal())).toMatchObject({ adopted: true });
  await again.provider.stop(worker.name, 0);
  expect(await lambda.exits.of(worker.name)).toMatchObject({ failure: { code: "CANCELLED" } });
  expect(lambda.endpoint.invoking.invocations).toHaveLength(1);
});
