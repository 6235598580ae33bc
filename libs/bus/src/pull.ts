import { setTimeout as sleep } from "node:timers/promises";
import { createInbox, type Msg, type NatsConnection, nanos } from "@nats-io/transport-node";

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Silence after which the consumer is looked at: three heartbeats and a bit. */
const SILENCE_MS = 16_000;
/** Longest that the end waits for what the server has already sent; without a connection nothing comes. */
const DRAIN_MS = 1_000;

export interface PullOptions {
  stream: string;
  consumer: string;
  /** What our inboxes begin with. */
  inboxPrefix: string;
  /** Messages wanted here at once, held and on their way. */
  window: number;
  /** How many of them are held now. */
  held: () => number;
  onMessage: (message: Msg) => void;
  /** Called before a request goes out. */
  beforeAsking: () => void;
  /** The consumer, its stream or the server is gone, or silent. */
  onGone: (reason: string) => void;
}

/** Pulls from a durable consumer with back pressure: never more than `window` messages are held or on their way. */
export interface Pull {
  /** Begins anew: the consumer exists, whatever was asked before is forgotten. */
  restart(): void;
  /** Call when fewer are held: asks for more when that is worth a request. */
  refill(): void;
  /** Asks no more; resolves when what was on its way has arrived. */
  stop(): Promise<void>;
}

/** The library's own `consume` asks for more as soon as messages arrive, however slow the handler, and loses what is on its way when
 *  it is stopped until `ack_wait` is over; so this speaks the pull protocol (NATS ADR-13) itself. */
export function openPull(
  connection: NatsConnection,
  { stream, consumer, inboxPrefix, window, held, onMessage, onGone, beforeAsking }: PullOptions,
): Pull {
  const inbox = createInbox(inboxPrefix);
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  let generation = 0;
  let asked = 0;
  let isStopped = false;
  let isActive = false;
  let lastHeard = performance.now();

  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) return gone(error.message);
      lastHeard = performance.now();
      if (!message.subject.startsWith(inbox)) {
        asked = Math.max(0, asked - 1);
        return onMessage(message);
      }
      if (message.subject === `${inbox}.${generation}`) readStatus(message);
      return undefined;
    },
  });
  const watchdog = setInterval(() => {
    if (isActive && asked > 0 && performance.now() - lastHeard > SILENCE_MS) gone("the server sends no heartbeat");
  }, HEARTBEAT_MS);
  watchdog.unref();

  function gone(reason: string): void {
    if (!isActive) return;
    isActive = false;
    onGone(reason);
  }

  function readStatus({ headers }: Msg): void {
    const code = headers?.code ?? 0;
    if (code === 100) return;
    const left = Number(headers?.get("Nats-Pending-Messages") || Number.NaN);
    // An ordinary end of a request says how much of it was not served; anything else, and we look whether the consumer is there.
    const isOrdinary = (code === 408 || code === 404) && Number.isFinite(left);
    if (!isOrdinary) return gone(`${code} ${headers?.description ?? ""}`.trim());
    asked = Math.max(0, asked - left);
    refill();
  }

  function refill(): void {
    if (!isActive || isStopped) return;
    const free = window - asked - held();
    if (free < Math.max(1, window / 4)) return;
    asked += free;
    const request = { batch: free, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    beforeAsking();
    connection.publish(subject, JSON.stringify(request), { reply: `${inbox}.${generation}` });
  }

  return {
    restart() {
      if (isStopped) return;
      generation += 1;
      asked = 0;
      isActive = true;
      lastHeard = performance.now();
      refill();
    },
    refill,
    async stop() {
      isStopped = true;
      clearInterval(watchdog);
      if (connection.isClosed()) return;
      // A drain that fails means that the connection went; then the server gives those messages to others by itself.
      await Promise.race([subscription.drain().catch(() => undefined), sleep(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}
