import { bodySha256, type Delivery, deadLetter, deriveJobId, OversizeError, PublishError } from "@hodei/bus";
import { type TestNats, testNats } from "@hodei/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jobs, makeCollector, openTestBus } from "./collect.ts";

describe("publishing", () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await testNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  test("is done when JetStream has every message, and the same id twice is one message", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const batch = jobs(5_000, "bulk");
    await bus.publish(batch);
    await bus.publish(batch.slice(0, 1_000));
    const manager = await jetstreamManager(bus.connection);
    expect((await manager.streams.info("HODEI_JOBS")).state.messages).toBe(5_000);
  });

  test("items travel as few messages, known by their items", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const items = Array.from({ length: 600 }, (_unused, index) => ({
      job_id: `j-${index}`,
      attempt: 1,
      provider_id: "p",
    }));
    const messageIdOf = (item: { job_id: string }) => `${item.job_id}.1.REQUESTED`;
    await bus.publishItems("worker.provision", items, { messageIdOf });
    await bus.publishItems("worker.provision", items, { messageIdOf });
    const stop = new AbortController();
    const seen = makeCollector<{ job_id: string }[]>();
    const consuming = bus.consume(
      "provisioner-worker-provision",
      async (batch) =>
        seen.add(...batch.map((delivery) => JSON.parse(Buffer.from(delivery.data).toString("utf8")).items)),
      { signal: stop.signal },
    );
    await seen.until((all) => all.length === 3);
    stop.abort();
    await consuming;
    expect(seen.items.map((packed) => packed.length)).toEqual([256, 256, 88]);
    expect(seen.items.flat()).toEqual(items);
  });

  test("a body beyond max_payload is refused with both numbers, and nothing of its call is sent", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const manager = await jetstreamManager(bus.connection);
    const before = (await manager.streams.info("HODEI_JOBS")).state.messages;
    const huge = { subject: "job.submitted", messageId: "huge", body: "x".repeat(bus.maxPayload) };
    const error = await bus.publish([...jobs(1, "before-huge"), huge]).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(OversizeError);
    expect(String(error)).toContain("job.submitted");
    expect(String(error)).toContain(String(bus.maxPayload));
    expect((await manager.streams.info("HODEI_JOBS")).state.messages).toBe(before);
    const rest = bus.maxPayload - 400;
    await bus.publish([{ subject: "job.submitted", messageId: "nearly-huge", body: "x".repeat(rest) }]);
  });

  test("a subject that no stream takes fails with its name, in the end", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const publishing = bus.publish([{ subject: "nobody.takes.this", messageId: "n-1", body: {} }]);
    // Its deadline is not waited for: closing the bus ends it with the same kind of error.
    const outcome = publishing.catch((failure: unknown) => failure);
    await bus[Symbol.asyncDispose]();
    const error = await outcome;
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ subject: "nobody.takes.this" });
  });

  test("a notice reaches every subscriber until it stops listening", async () => {
    const { bus } = await openTestBus(nats.url);
    await using _ = bus;
    const stop = new AbortController();
    const one = makeCollector<string>();
    const two = makeCollector<string>();
    bus.subscribe("provider.*", (notice) => one.add(`${notice.subject} ${notice.traceparent}`), stop.signal);
    bus.subscribe("provider.*", async (notice) => two.add(notice.subject), stop.signal);
    bus.notify("provider.changed", {}, { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" });
    await Promise.all([one.until((all) => all.length === 1), two.until((all) => all.length === 1)]);
    stop.abort();
    bus.notify("provider.changed", {});
    await bus.connection.flush();
    expect(one.items).toEqual(["provider.changed 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"]);
    expect(two.items).toHaveLength(1);
  });
});

describe("who a message is", () => {
  const at = { stream: "HODEI_JOBS", streamSequence: 7, publishedAt: new Date(1_700_000_000_000) };

  test("a header that is a job id is the job's id; any other is hashed into one", () => {
    expect(deriveJobId({ ...at, messageId: "nightly-42" })).toBe("nightly-42");
    const hashed = deriveJobId({ ...at, messageId: "Order/42" });
    expect(hashed).toMatch(/^j-[0-9a-f]{20}$/);
    expect(deriveJobId({ ...at, streamSequence: 8, messageId: "Order/42" })).toBe(hashed);
  });

  test("without a header the place in the stream decides, and a stream made anew repeats no id", () => {
    const id = deriveJobId({ ...at, messageId: undefined });
    expect(deriveJobId({ ...at, messageId: undefined })).toBe(id);
    expect(deriveJobId({ ...at, streamSequence: 8, messageId: undefined })).not.toBe(id);
    expect(deriveJobId({ ...at, publishedAt: new Date(1_800_000_000_000), messageId: undefined })).not.toBe(id);
  });

  test("a dead letter keeps 64 KiB of the body, its size and its hash", () => {
    const data = Buffer.alloc(100_000, 0xff);
    const delivery = {
      ...at,
      subject: "job.submitted",
      data,
      deliveryCount: 1,
      messageId: "m",
      traceparent: undefined,
    } as Partial<Delivery> as Delivery;
    const letter = deadLetter(delivery, [{ path: "name", message: "is empty" }]);
    expect(letter.subject).toBe("dlq.job.submitted");
    expect(letter.body).toMatchObject({
      body_bytes: 100_000,
      body_sha256: bodySha256(data),
      message_id: "m",
      stream_sequence: 7,
    });
    expect(Buffer.from((letter.body as { body_base64: string }).body_base64, "base64")).toHaveLength(65_536);
  });
});
