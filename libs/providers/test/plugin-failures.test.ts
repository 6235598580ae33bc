import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { workerOf } from "../src/conformance/worker-of.ts";
import { answerForPlugin, type LogChunk, type Provider, type WorkerExit } from "../src/index.ts";
import { guardProvider } from "../src/plugins/guard-provider.ts";
import { adapterContext } from "./adapter-context.ts";

const { logger } = adapterContext("/nonexistent");
const soon = () => AbortSignal.timeout(200);
const never = () => new Promise<never>(() => undefined);

/** A provider of a plug-in that does what the test says, in the shape that no compiler has seen. */
function guarded(calls: Record<string, unknown>): Provider {
  return guardProvider(calls as unknown as Provider, { package: "broken", provider: "p", logger });
}

test("a call that throws instead of rejecting rejects", async () => {
  const fail = () => {
    throw new Error("no such thing");
  };
  const provider = guarded({ check: fail, start: fail, stop: fail, remove: fail, list: fail });
  for (const call of [
    provider.check(soon()),
    provider.start(workerOf(["true"]), soon()),
    provider.stop("w", 0),
    provider.remove("w"),
    provider.list(soon()),
  ])
    await expect(call).rejects.toThrow("no such thing");
});

test("a call that never answers ends with its signal, and so does a watch that does not heed it", async () => {
  const hang = async function* () {
    yield await never();
  };
  const provider = guarded({ check: never, start: never, list: never, watch: hang, logs: hang });
  await expect(provider.check(soon())).rejects.toThrow();
  await expect(provider.start(workerOf(["true"]), soon())).rejects.toThrow();
  await expect(provider.list(soon())).rejects.toThrow();
  const seen: unknown[] = [];
  for await (const exit of provider.watch(soon())) seen.push(exit);
  for await (const chunk of provider.logs("w", {}, soon())) seen.push(chunk);
  expect(seen).toEqual([]);
});

test("an answer that is none is said with its path, not handed on", async () => {
  const provider = guarded({
    check: async () => ({ state: "fine" }),
    start: async () => undefined,
    list: async () => [{ name: "w", resourceId: 7, state: "running", adopted: true }],
    logs: async function* () {
      yield { stream: "stdout", offset: 0, bytes: "3", text: "abc" };
    },
  });
  await expect(provider.check(soon())).rejects.toThrow(
    "check of the plug-in answered what is none: state: is not healthy",
  );
  await expect(provider.start(workerOf(["true"]), soon())).rejects.toThrow(
    "start of the plug-in answered what is none",
  );
  await expect(provider.list(soon())).rejects.toThrow("resourceId: is not a string");
  await expect(first(provider.logs("w", {}, soon()))).rejects.toThrow("bytes: is not a number of bytes");
});

test("an end that is told wrongly is still an end, so that its job does not wait for ever", async () => {
  const provider = guarded({
    watch: async function* () {
      yield { name: "w", resourceId: "1", at: "yesterday", exitCode: 0 };
    },
  });
  expect(await first(provider.watch(soon()))).toMatchObject({
    name: "w",
    failure: { code: "PROVIDER_ERROR", detail: expect.stringContaining("at: is not a Date") },
  });
});

test("an error that nobody waits for is the plug-in's where its code ran, and ours where it called us back", async () => {
  const owners: boolean[] = [];
  const stray = () => owners.push(answerForPlugin(new Error("stray")));
  const provider = guarded({
    start: async (worker: ReturnType<typeof workerOf>) => {
      await worker.announce("42");
      await sleep(1);
      stray();
      return { name: worker.name, resourceId: "42", state: "running", adopted: false };
    },
  });
  const announce = async () => {
    await sleep(1);
    stray();
  };
  await provider.start({ ...workerOf(["true"]), announce }, AbortSignal.timeout(20_000));
  stray();
  expect(owners).toEqual([false, true, false]);
});

async function first(all: AsyncIterable<WorkerExit | LogChunk>): Promise<WorkerExit | LogChunk | undefined> {
  for await (const one of all) return one;
  return undefined;
}
