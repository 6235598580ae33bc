import type { Delivery } from "@hodei/bus";
import { type TestNats, testNats } from "@hodei/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobs, makeCollector, nameOf, openTestBus } from "./collect.ts";

describe("a durable consumer", () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await testNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());
  beforeEach(async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const manager = await import("@nats-io/jetstream").then(({ jetstreamManager }) => jetstreamManager(bus.connection));
    await manager.streams.purge("HODEI_JOBS");
  });

  test("hands over what was published, with where it stood and who said it", async () => {
    const { bus } = await openTestBus(nats.url, "registry");
    await using _ = bus;
    const stop = new AbortController();
    const seen = makeCollector<Delivery>();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await bus.publish([{ subject: "job.submitted", body: { name: "a" }, messageId: "first-1", traceparent }]);
    const consuming = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch), {
      signal: stop.signal,
    });
    await seen.until((all) => all.length === 1);
    stop.abort();
    await consuming;
    const [delivery] = seen.items;
    expect(delivery).toMatchObject({
      subject: "job.submitted",
      stream: "HODEI_JOBS",
      deliveryCount: 1,
      messageId: "first-1",
      traceparent,
    });
    expect(delivery?.publishedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(delivery?.header("ce-type")).toBe("dev.hodei.job.submitted");
    expect(delivery?.header("ce-source")).toBe("/hodei/registry");
    expect(delivery?.header("ce-specversion")).toBe("1.0");
    expect(await bus.consumerPending()).toEqual(new Map([["selector-job-submitted", 0]]));
  });

  test("what arrives while a batch is handled is the next batch", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const sizes: number[] = [];
    const seen = makeCollector<string>();
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        sizes.push(batch.length);
        started.resolve();
        if (sizes.length === 1) await gate.promise;
        seen.add(...batch.map(nameOf));
      },
      { signal: stop.signal, maxBatch: 100 },
    );
    await bus.publish(jobs(1, "lone"));
    await started.promise;
    await bus.publish(jobs(100, "many"));
    gate.resolve();
    await seen.until((all) => all.length === 101);
    stop.abort();
    await consuming;
    expect(sizes[0]).toBe(1);
    expect(sizes.length).toBeLessThan(20);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(new Set(seen.items).size).toBe(101);
  });

  test("a second batch begins beside a first one once it is full, and not before", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const sizes = makeCollector<number>();
    const gate = Promise.withResolvers<void>();
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        sizes.add(batch.length);
        await gate.promise;
      },
      { signal: stop.signal, maxBatch: 4, concurrency: 2 },
    );
    await bus.publish(jobs(1, "lone"));
    await sizes.until((all) => all.length === 1);
    // One at a time: each is there before the next is sent, so a batch that was not full could have begun.
    for (let i = 0; i < 5; i += 1) await bus.publish(jobs(1, "next"));
    await sizes.until((all) => all.length === 2);
    expect(sizes.items).toEqual([1, 4]);
    gate.resolve();
    await sizes.until((all) => all.length === 3);
    expect(sizes.items).toEqual([1, 4, 1]);
    stop.abort();
    await consuming;
  });

  test("a batch that fails comes again, and its failure is logged once per outage", async () => {
    const { bus, lines } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const seen = makeCollector<Delivery>();
    let failures = 0;
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        if (batch.some((delivery) => delivery.deliveryCount < 3)) {
          failures += 1;
          throw new Error("the database is away");
        }
        seen.add(...batch);
      },
      { signal: stop.signal },
    );
    await bus.publish(jobs(3));
    await seen.until((all) => all.length === 3);
    stop.abort();
    await consuming;
    expect(failures).toBeGreaterThan(1);
    expect(lines.filter((line) => line.msg.startsWith("a batch could not be handled"))).toHaveLength(1);
    expect(lines.filter((line) => line.msg === "handling works again")).toHaveLength(1);
  });

  test("a message that can never be handled stops nobody else", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const done = makeCollector<string>();
    const poisonAlone = makeCollector<number>();
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        if (batch.some((delivery) => nameOf(delivery) === "poison-0")) {
          if (batch.length === 1) poisonAlone.add(1);
          throw new Error("never");
        }
        for (const delivery of batch) done.add(nameOf(delivery));
      },
      { signal: stop.signal },
    );
    await bus.publish([...jobs(5, "good"), ...jobs(1, "poison"), ...jobs(5, "fine")]);
    await done.until((all) => new Set(all).size === 10);
    stop.abort();
    await consuming;
    expect(new Set(done.items).size).toBe(10);
  }, 30_000);

  test("settled messages stay settled when their batch fails, and retried ones come again when it does not", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const seen = makeCollector<string>();
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        for (const delivery of batch) {
          seen.add(`${nameOf(delivery)}#${delivery.deliveryCount}`);
          if (nameOf(delivery) === "job-0") delivery.settled();
          if (nameOf(delivery) === "job-1" && delivery.deliveryCount === 1) delivery.retry(10);
        }
        if (batch.length > 1) throw new Error("this batch failed");
      },
      { signal: stop.signal },
    );
    await bus.publish(jobs(2));
    await seen.until((all) => all.includes("job-1#2"));
    stop.abort();
    await consuming;
    expect(seen.items.filter((item) => item.startsWith("job-0"))).toEqual(["job-0#1"]);
  });

  // Well before `ack_wait` is over, when it would have come by itself: the test's own time limit says so.
  test("what a stopping instance has not handled, another one gets at once", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const first = new AbortController();
    const second = new AbortController();
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const firstSaw: string[] = [];
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        firstSaw.push(...batch.map(nameOf));
        started.resolve();
        await gate.promise;
      },
      { signal: first.signal, maxBatch: 10 },
    );
    await bus.publish(jobs(50));
    await started.promise;
    first.abort();
    gate.resolve();
    await consuming;
    const seen = makeCollector<string>();
    const again = bus.consume("selector-job-submitted", async (batch) => seen.add(...batch.map(nameOf)), {
      signal: second.signal,
    });
    await seen.until((all) => new Set(all).size === 50 - firstSaw.length);
    second.abort();
    await again;
    expect(new Set([...firstSaw, ...seen.items]).size).toBe(50);
    expect(firstSaw.length).toBeLessThanOrEqual(10);
  });

  test("a slow handler holds no more than its window", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const seen = makeCollector<string>();
    const consuming = bus.consume(
      "selector-job-submitted",
      async (batch) => {
        started.resolve();
        await gate.promise;
        seen.add(...batch.map(nameOf));
      },
      { signal: stop.signal, maxBatch: 10 },
    );
    await bus.publish(jobs(500));
    await started.promise;
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const info = await (await jetstreamManager(bus.connection)).consumers.info("HODEI_JOBS", "selector-job-submitted");
    expect(info.num_ack_pending).toBeLessThanOrEqual(20);
    gate.resolve();
    await seen.until((all) => all.length === 500);
    stop.abort();
    await consuming;
  });
});
