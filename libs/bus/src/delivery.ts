import type { Msg } from "@nats-io/transport-node";

/** A message as its handler sees it. Acknowledged for it when the handler has returned (design I3). */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly stream: string;
  readonly streamSequence: number;
  /** When JetStream took it, by the server's clock. */
  readonly publishedAt: Date;
  /** 1 = the first time. */
  readonly deliveryCount: number;
  /** `Nats-Msg-Id`, else `ce-id`. */
  readonly messageId: string | undefined;
  readonly traceparent: string | undefined;
  header(name: string): string | undefined;
  /** Not now: delivered again later instead of being acknowledged with its batch. Default: a delay that grows with `deliveryCount`. */
  retry(delayMs?: number): void;
  /** Acknowledges this one now: a failure of its batch no longer brings it back. */
  settled(): void;
}

/** A delivery with what the consuming loop needs of it. */
export interface OpenDelivery extends Delivery {
  /** Ends it as its handler decided: acknowledged, or asked for again where `retry` was called. Once only. */
  finish(): void;
  /** Gives it back: now, or after a delay. */
  giveBack(delayMs: number): void;
  /** Tells the server that it is still being worked on. */
  working(): void;
}

const ACK = Buffer.from("+ACK");
const NAK = Buffer.from("-NAK");
const WORKING = Buffer.from("+WPI");

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

/** Doubles with each delivery; up to a fifth of it is random, so that a failed batch does not come back as one. */
export function retryDelayMs(deliveryCount: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(deliveryCount - 1, 10)) * (1 - 0.2 * Math.random());
}

/** Reads a pulled message; nothing for one that JetStream did not send. */
export function openDelivery(message: Msg): OpenDelivery | undefined {
  const position = readAckSubject(message.reply);
  return position && new PulledMessage(message, position);
}

/** One object for each message, without a closure: thousands are held at once, and each collection of garbage copies them. */
class PulledMessage implements OpenDelivery {
  readonly #message: Msg;
  readonly #position: AckSubject;
  #isFinished = false;
  #retryMs: number | undefined;

  constructor(message: Msg, position: AckSubject) {
    this.#message = message;
    this.#position = position;
  }

  get subject() {
    return this.#message.subject;
  }
  get data() {
    return this.#message.data;
  }
  get stream() {
    return this.#position.stream;
  }
  get streamSequence() {
    return this.#position.streamSequence;
  }
  get deliveryCount() {
    return this.#position.deliveryCount;
  }
  get publishedAt() {
    return new Date(this.#position.publishedAtMs);
  }
  get messageId() {
    return this.header("Nats-Msg-Id") ?? this.header("ce-id");
  }
  get traceparent() {
    return this.header("traceparent");
  }

  header(name: string): string | undefined {
    return this.#message.headers?.get(name) || undefined;
  }

  retry(delayMs = retryDelayMs(this.deliveryCount)): void {
    this.#retryMs = delayMs;
  }

  settled(): void {
    this.#answer(ACK);
  }

  finish(): void {
    if (this.#retryMs === undefined) this.#answer(ACK);
    else this.giveBack(this.#retryMs);
  }

  giveBack(delayMs: number): void {
    this.#answer(delayMs > 0 ? Buffer.from(`-NAK {"delay":${Math.round(delayMs * 1e6)}}`) : NAK);
  }

  working(): void {
    if (!this.#isFinished) this.#message.respond(WORKING);
  }

  #answer(answer: Uint8Array): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#message.respond(answer);
  }
}

interface AckSubject {
  stream: string;
  deliveryCount: number;
  streamSequence: number;
  publishedAtMs: number;
}

/** `$JS.ACK[.<domain>.<account>].<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<nanoseconds>.<pending>[.<random>]` (NATS ADR-15). */
function readAckSubject(subject: string | undefined): AckSubject | undefined {
  const tokens = subject?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  const [stream, , deliveries, sequence, , nanoseconds] = tokens.slice(tokens.length > 9 ? 4 : 2);
  if (stream === undefined || nanoseconds === undefined) return undefined;
  return {
    stream,
    deliveryCount: Number(deliveries),
    streamSequence: Number(sequence),
    publishedAtMs: Math.floor(Number(nanoseconds) / 1e6),
  };
}
