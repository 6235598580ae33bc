import { type Bus, openBus } from "@hodei/bus";
import type { JobLog } from "@hodei/contracts";
import { makeLogger } from "@hodei/telemetry";
import { type TestNats, testNats } from "@hodei/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCollector, openTestBus } from "./collect.ts";

let nats: TestNats;
beforeAll(async () => {
  nats = await testNats();
});
afterAll(() => nats[Symbol.asyncDispose]());

function line(jobId: string, attempt: number, stream: "stdout" | "stderr", offset: number, text: string) {
  const bytes = Buffer.byteLength(text);
  const body = { job_id: jobId, attempt, stream, offset, bytes, at: new Date().toISOString(), text };
  return { subject: `job.log.${jobId}`, messageId: `${jobId}.${attempt}.${stream}.${offset}`, body };
}

test("a job's log is read in order, and followed as it grows, without the lines of other jobs", async () => {
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  const read = async (jobId: string) =>
    Array.fromAsync(
      bus.readJobLogs(jobId, { follow: false, signal: new AbortController().signal }),
      (entry) => entry.text,
    );
  expect(await read("followed")).toEqual([]);
  await bus.publish([
    line("followed", 1, "stdout", 0, "one\n"),
    line("foreign", 1, "stdout", 0, "not mine\n"),
    line("followed", 1, "stdout", 4, "two\n"),
  ]);
  expect(await read("followed")).toEqual(["one\n", "two\n"]);
  const stop = new AbortController();
  const seen = makeCollector<string>();
  const following = (async () => {
    for await (const entry of bus.readJobLogs("followed", { follow: true, signal: stop.signal })) seen.add(entry.text);
  })();
  await seen.until((all) => all.length === 2);
  await bus.publish([line("followed", 1, "stdout", 8, "three\n")]);
  await seen.until((all) => all.length === 3);
  stop.abort();
  await following;
  expect(seen.items).toEqual(["one\n", "two\n", "three\n"]);
});

test("whoever adopts a worker learns where each of its streams ended, however long ago", async () => {
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  expect(await bus.lastJobLogPositions("adopted", 2)).toEqual({});
  const filler = Array.from({ length: 3_000 }, (_unused, index) => line("noisy", 1, "stdout", index, "x"));
  await bus.publish([line("adopted", 1, "stdout", 0, "an earlier attempt\n"), line("adopted", 2, "stderr", 0, "añ\n")]);
  await bus.publish(filler);
  await bus.publish([line("adopted", 2, "stdout", 0, "one\n"), line("adopted", 2, "stdout", 4, "two\n")]);
  expect(await bus.lastJobLogPositions("adopted", 2)).toEqual({ stdout: 8, stderr: 4 });
});

test("its place is found by the newest message alone, and bytes that are missing before it are asked for again", async () => {
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  const piece = (offset: number, bytes: number): JobLog => {
    const at = new Date().toISOString();
    return { job_id: "resumed", attempt: 1, stream: "stdout", offset, bytes, at, text: "x".repeat(bytes) };
  };
  const first = await bus.publishJobLog([piece(0, 100)], { sequence: 0, positions: {} });
  const stored = { sequence: first, positions: { stdout: 100, stderr: 7 } };
  await bus.publishJobLog([piece(100, 20), piece(120, 20)], stored);
  expect(await bus.lastJobLogPositions("resumed", 1)).toEqual({ stdout: 140, stderr: 7 });
  // One overtook another, and its writer died before that one arrived.
  await bus.publishJobLog([piece(160, 20)], stored);
  expect(await bus.lastJobLogPositions("resumed", 1)).toEqual({ stdout: 140, stderr: 7 });
  expect(await bus.lastJobLogPositions("resumed", 2)).toEqual({});
});

test("a log that is cut keeps its newest messages, and its reader learns how much is gone", async () => {
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  await bus.publish([0, 4, 8].map((offset) => line("cut", 1, "stdout", offset, "abc\n")));
  await bus.publish([line("whole", 1, "stdout", 0, "abc\n")]);
  await bus.trimJobLog("cut", 1);
  const read = (jobId: string) =>
    Array.fromAsync(bus.readJobLogs(jobId, { follow: false, signal: new AbortController().signal }));
  expect(await read("cut")).toMatchObject([{ offset: 8, missing: 8 }]);
  expect(await read("whole")).toMatchObject([{ offset: 0, missing: 0 }]);
});

test("how long and how much is kept is set where it is asked for, and left alone elsewhere", async () => {
  await using server = await testNats();
  const limits = async (bus: Bus) => {
    const { config } = await (await jetstreamManager(bus.connection)).streams.info("HODEI_LOGS");
    return { hours: config.max_age / 3.6e12, bytes: config.max_bytes };
  };
  await using first = (await openTestBus(server.url)).bus;
  expect(await limits(first)).toEqual({ hours: 24, bytes: 2 ** 30 });
  const jobLogRetention = { maxAgeSeconds: 7200, maxBytes: 2 ** 25 };
  const logger = makeLogger("test", "silent");
  await using second = await openBus({ url: server.url, name: "test", logger, jobLogRetention });
  expect(await limits(second)).toEqual({ hours: 2, bytes: 2 ** 25 });
  await using third = (await openTestBus(server.url)).bus;
  expect(await limits(third)).toEqual({ hours: 2, bytes: 2 ** 25 });
});
