import { type TestNats, testNats } from "@hodei/testing";
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
