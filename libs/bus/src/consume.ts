import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@hodei/telemetry";
import { type ConsumerMessages, jetstream, type JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Delivery, type OpenDelivery, openDelivery, retryDelayMs } from "./delivery.ts";
import { CONSUMERS, type ConsumerName } from "./streams.ts";

export interface ConsumeOptions {
  signal: AbortSignal;
  /** Messages handed over at once, at most; default 256. */
  maxBatch?: number;
  /** Batches handled at the same time; default 1. */
  concurrency?: number;
}

export type BatchHandler = (batch: readonly Delivery[]) => Promise<void>;

/** What says that a pull consumer has to be fetched again: it, its stream or the server's store is gone. */
const GONE: ReadonlySet<string> = new Set(["consumer_deleted", "consumer_not_found", "stream_not_found", "no_responders"]);
const KEEP_ALIVE_MS = 10_000;
const RECREATE_MS = 250;

/**
 * Consumes in natural batches: what arrived while a batch was handled is the next one. The handler returns → all of it is acknowledged;
 * it throws → all of it comes again, later each time. Resolves when the signal has aborted and no batch is under way.
 */
export async function consume(
  connection: NatsConnection,
  name: ConsumerName,
  handler: BatchHandler,
  { signal, maxBatch = 256, concurrency = 1 }: ConsumeOptions,
  { ensure, onReset, logger }: { ensure: () => Promise<void>; onReset: (reset: () => void) => () => void; logger: Logger },
): Promise<void> {
  const buffered: JsMsg[] = [];
  const running = new Set<Promise<void>>();
  let isFailing = false;

  function pump(): void {
    while (buffered.length > 0 && running.size < concurrency && !signal.aborted) {
      const batch = buffered.splice(0, maxBatch).map(openDelivery);
      const work = handle(batch).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
  }

  async function handle(batch: readonly OpenDelivery[]): Promise<void> {
    const keepAlive = setInterval(() => {
      for (const delivery of batch) delivery.message.working();
    }, KEEP_ALIVE_MS);
    try {
      await handler(batch);
      for (const delivery of batch) {
        if (delivery.isRetried) delivery.message.nak(retryDelayMs(delivery.deliveryCount));
        else delivery.message.ack();
      }
      if (isFailing) logger.info({ consumer: name }, "handling works again");
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.error({ err: error, consumer: name, messages: batch.length }, "a batch could not be handled; it comes again");
      isFailing = true;
      for (const delivery of batch) delivery.message.nak(retryDelayMs(delivery.deliveryCount));
    } finally {
      clearInterval(keepAlive);
    }
  }

  while (!signal.aborted) {
    let messages: ConsumerMessages | undefined;
    try {
      await ensure();
      const consumer = await jetstream(connection).consumers.get(CONSUMERS[name].stream, name);
      messages = await consumer.consume({
        max_messages: maxBatch * concurrency * 2,
        callback: (message) => {
          buffered.push(message);
          // One turn of the event loop lets the rest of what was read from the socket join the batch.
          if (buffered.length === 1) setImmediate(pump);
          else if (buffered.length >= maxBatch) pump();
        },
      });
      await untilGone(messages, signal, onReset);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, consumer: name }, "the consumer is not available; trying again");
    }
    messages?.stop();
    // The pause ends early only when the loop is to end.
    if (!signal.aborted) await sleep(RECREATE_MS, undefined, { signal }).catch(() => undefined);
  }
  // Others get at once what we will not handle any more.
  for (const message of buffered.splice(0)) message.nak();
  await Promise.all(running);
}

/** Resolves when the signal aborts, or when the consumer has to be fetched again. */
async function untilGone(messages: ConsumerMessages, signal: AbortSignal, onReset: (reset: () => void) => () => void): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const stop = () => gone.resolve();
  signal.addEventListener("abort", stop, { once: true });
  const forget = onReset(stop);
  const watch = async () => {
    for await (const status of messages.status()) {
      if (GONE.has(status.type) || (status.type === "heartbeats_missed" && status.count >= 2)) gone.resolve();
    }
  };
  // The status iterator ends with the messages; a fault in it means the same as their end.
  void watch().then(stop, stop);
  void messages.closed().then(stop, stop);
  if (!signal.aborted) await gone.promise;
  signal.removeEventListener("abort", stop);
  forget();
}
