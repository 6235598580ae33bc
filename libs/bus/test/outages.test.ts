import { testNats } from "@hodei/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { jobs, makeCollector, nameOf, openTestBus } from "./collect.ts";

test("a server that is killed in the middle of publishing loses nothing that was acknowledged, and the rest arrives after it", async () => {
  await using nats = await testNats();
  const { bus, lines } = await openTestBus(nats.url);
  await using _ = bus;
  const publishing = Array.from({ length: 10 }, (_unused, index) => bus.publish(jobs(1_000, `wave-${index}`)));
  await publishing[1];
  await nats.kill("SIGKILL");
  await nats.restart();
  await Promise.all(publishing);
  const manager = await jetstreamManager(bus.connection);
  expect((await manager.streams.info("HODEI_JOBS")).state.messages).toBeGreaterThanOrEqual(10_000);
  const stop = new AbortController();
  const seen = makeCollector<string>();
  const consuming = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch.map(nameOf)), {
    signal: stop.signal,
  });
  await seen.until((all) => new Set(all).size === 10_000);
  stop.abort();
  await consuming;
  expect(lines.filter((line) => line.msg === "NATS is away; reconnecting")).toHaveLength(1);
  expect(lines.filter((line) => line.msg === "NATS is back")).toHaveLength(1);
}, 60_000);

test("a handler that dies with its connection has acknowledged nothing: the messages come to the next one", async () => {
  await using nats = await testNats();
  const dying = await openTestBus(nats.url);
  const started = Promise.withResolvers<void>();
  const abandoned = new AbortController();
  void dying.bus.consume(
    "selector-job-submitted",
    async () => {
      started.resolve();
      await new Promise(() => undefined);
    },
    { signal: abandoned.signal },
  );
  await dying.bus.publish(jobs(20));
  await started.promise;
  await dying.bus.connection.close();
  await nats.restart();
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  const manager = await jetstreamManager(bus.connection);
  expect((await manager.streams.info("HODEI_JOBS")).state.messages).toBe(20);
  await manager.consumers.update("HODEI_JOBS", "selector-job-submitted", { ack_wait: 1_000_000_000 });
  const stop = new AbortController();
  const seen = makeCollector<string>();
  const consuming = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch.map(nameOf)), {
    signal: stop.signal,
  });
  await seen.until((all) => new Set(all).size === 20);
  stop.abort();
  await consuming;
  abandoned.abort();
}, 60_000);

test("a store that is wiped under running services: streams and consumers are made again, listeners told, consuming goes on", async () => {
  await using nats = await testNats();
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  const other = await openTestBus(nats.url, "other");
  await using __ = other.bus;
  const told = makeCollector<string>();
  const otherTold = makeCollector<string>();
  bus.onStreamsCreated((streams) => told.add(...streams));
  other.bus.onStreamsCreated((streams) => otherTold.add(...streams));
  expect(told.items).toContain("HODEI_JOBS");
  expect(otherTold.items).toEqual([]);
  const stop = new AbortController();
  const seen = makeCollector<string>();
  const consuming = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch.map(nameOf)), {
    signal: stop.signal,
  });
  await bus.publish(jobs(10, "before"));
  await seen.until((all) => all.length === 10);

  await nats.wipeStore();
  await nats.restart();
  await bus.publish(jobs(10, "after"));
  await seen.until((all) => all.filter((name) => name.startsWith("after")).length >= 10);
  await told.until((all) => all.filter((name) => name === "HODEI_JOBS").length === 2);
  await otherTold.until((all) => all.includes("HODEI_JOBS"));
  stop.abort();
  await consuming;
}, 60_000);

test("a stream that somebody deletes is made again, and its consumer with it", async () => {
  await using nats = await testNats();
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  const stop = new AbortController();
  const seen = makeCollector<string>();
  const consuming = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch.map(nameOf)), {
    signal: stop.signal,
  });
  await bus.publish(jobs(1, "before"));
  await seen.until((all) => all.length === 1);
  const manager = await jetstreamManager(bus.connection);
  await manager.consumers.delete("HODEI_JOBS", "selector-job-submitted");
  await bus.publish(jobs(1, "between"));
  await seen.until((all) => all.includes("between-0"));
  await manager.streams.delete("HODEI_JOBS");
  await bus.publish(jobs(1, "after"));
  await seen.until((all) => all.includes("after-0"));
  stop.abort();
  await consuming;
}, 60_000);

test("a listener that fails is told again", async () => {
  await using nats = await testNats();
  const { bus } = await openTestBus(nats.url);
  await using _ = bus;
  let calls = 0;
  const told = makeCollector<string>();
  bus.onStreamsCreated(async (streams) => {
    calls += 1;
    if (calls === 1) throw new Error("the database is away");
    told.add(...streams);
  });
  // The failed call is over within the turn; the next look pays what is owed.
  await bus.ensureStreams();
  await bus.ensureStreams();
  await told.until((all) => all.includes("HODEI_STATUS"));
  expect(calls).toBe(2);
}, 60_000);

test("a bus opens as soon as the server is there, however late that is", async () => {
  await using nats = await testNats();
  await nats.kill();
  const opening = openTestBus(nats.url);
  await nats.restart();
  const { bus } = await opening;
  await using _ = bus;
  await bus.check();
}, 60_000);
