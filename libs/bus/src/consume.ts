import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, metrics } from "@hodei/telemetry";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Delivery, type OpenDelivery, openDelivery, retryDelayMs } from "./delivery.ts";
import type { LateOutbox } from "./late-outbox.ts";
import { openPull } from "./pull.ts";
import { CONSUMERS, type ConsumerName } from "./streams.ts";

export interface ConsumeOptions {
  signal: AbortSignal;
  /** Messages handed over at once, at most; default 256. */
  maxBatch?: number;
  /** Batches handled at the same time, at most, a further one only when it is full; default 1. */
  concurrency?: number;
}

export type BatchHandler = (batch: readonly Delivery[]) => Promise<void>;

export interface ConsumeContext {
  logger: Logger;
  inboxPrefix: string;
  /** Acknowledgements go through it. */
  late: LateOutbox;
  /** Makes the streams and the consumer where they are not there. */
  ensure: () => Promise<void>;
  /** Calls back when the connection or the streams were made anew. @returns what ends that */
  onReset: (reset: () => void) => () => void;
}

/** A third of `ack_wait`: whatever is held here, waiting or being handled, is nobody else's meanwhile. */
const KEEP_ALIVE_MS = 10_000;
const LONGEST_PAUSE_MS = 2_000;
/** Delivered this often, a message is handled alone: one that can never be handled fails nobody else. */
const ALONE_AFTER_DELIVERIES = 5;

/**
 * Consumes in natural batches: what arrived while a batch was handled is the next one. The handler returns → all of it is acknowledged;
 * it throws → all of it comes again, later each time. Resolves when the signal has aborted and no batch is under way.
 */
export async function consume(
  connection: NatsConnection,
  name: ConsumerName,
  handler: BatchHandler,
  { signal, maxBatch = 256, concurrency = 1 }: ConsumeOptions,
  { ensure, onReset, logger, inboxPrefix, late }: ConsumeContext,
): Promise<void> {
  metrics.batchFailures.inc({ consumer: name }, 0);
  const waiting: OpenDelivery[] = [];
  const handling = new Set<readonly OpenDelivery[]>();
  const running = new Set<Promise<void>>();
  let isFailing = false;
  let isPumpDue = false;
  let gone = Promise.withResolvers<string>();

  const pull = openPull(connection, {
    stream: CONSUMERS[name].stream,
    consumer: name,
    inboxPrefix,
    window: maxBatch * (concurrency + 1),
    held: () => waiting.length + handling.values().reduce((sum, batch) => sum + batch.length, 0),
    onGone: (reason) => gone.resolve(reason),
    beforeAsking: () => late.flush(),
    onMessage: (message) => {
      const delivery = openDelivery(message);
      if (!delivery)
        return logger.warn(
          { consumer: name, subject: message.subject },
          "a message that JetStream did not send was passed over",
        );
      waiting.push(delivery);
      if (isPumpDue || signal.aborted) return undefined;
      isPumpDue = true;
      // One turn of the event loop lets the rest of what was read from the socket join the batch.
      setImmediate(pump);
      return undefined;
    },
  });

  function pump(): void {
    isPumpDue = false;
    while (isBatchDue() && handling.size < concurrency && !signal.aborted) {
      const batch = takeBatch();
      handling.add(batch);
      const work = handle(batch).finally(() => {
        handling.delete(batch);
        running.delete(work);
        pump();
        pull.refill();
      });
      running.add(work);
    }
  }

  /** Beside another only a full one: what a batch costs whatever its size is paid less often, and what comes next waits less for it. */
  function isBatchDue(): boolean {
    return waiting.length >= (handling.size === 0 ? 1 : maxBatch);
  }

  function takeBatch(): readonly OpenDelivery[] {
    const alone = waiting.findIndex((delivery) => delivery.deliveryCount >= ALONE_AFTER_DELIVERIES);
    const count = alone === -1 ? maxBatch : Math.max(1, Math.min(alone, maxBatch));
    return waiting.splice(0, count);
  }

  async function handle(batch: readonly OpenDelivery[]): Promise<void> {
    const begun = performance.now();
    metrics.batchMessages.observe({ consumer: name }, batch.length);
    try {
      await handler(batch);
      late.add(() => {
        for (const delivery of batch) delivery.finish();
      });
      metrics.batchSeconds.observe({ consumer: name }, (performance.now() - begun) / 1000);
      if (isFailing) logger.info({ consumer: name }, "handling works again");
      isFailing = false;
    } catch (error) {
      metrics.batchFailures.inc({ consumer: name });
      if (!isFailing)
        logger.error(
          { err: error, consumer: name, messages: batch.length },
          "a batch could not be handled; it comes again",
        );
      isFailing = true;
      for (const delivery of batch) delivery.giveBack(retryDelayMs(delivery.deliveryCount));
    }
  }

  const keepAlive = setInterval(() => {
    for (const batch of [waiting, ...handling]) for (const delivery of batch) delivery.working();
  }, KEEP_ALIVE_MS);
  const aborted = Promise.withResolvers<string>();
  const stop = () => aborted.resolve("stopping");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const forget = onReset(() => gone.resolve("NATS or its streams are new"));

  let failures = 0;
  while (!signal.aborted) {
    gone = Promise.withResolvers<string>();
    try {
      await ensure();
      if (failures > 0) logger.info({ consumer: name }, "the consumer is there again");
      failures = 0;
      pull.restart();
      const reason = await Promise.race([gone.promise, aborted.promise]);
      if (!signal.aborted) logger.debug({ consumer: name, reason }, "the consumer is looked at");
    } catch (error) {
      if (signal.aborted) break;
      if (failures === 0) logger.warn({ err: error, consumer: name }, "the consumer is not available; trying again");
      failures += 1;
    }
    // The pause ends early only when the loop is to end.
    await sleep(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(failures, 8)), undefined, { signal }).catch(
      () => undefined,
    );
  }
  forget();
  signal.removeEventListener("abort", stop);
  // First the server must know that nobody listens here any more: given back earlier, a message would come straight to us again.
  await pull.stop();
  // Others get at once what we will not handle.
  for (const delivery of waiting.splice(0)) delivery.giveBack(0);
  await Promise.all(running);
  late.flush();
  clearInterval(keepAlive);
}
