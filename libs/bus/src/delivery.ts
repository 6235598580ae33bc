import type { JsMsg } from "@nats-io/jetstream";

/** A message as its handler sees it. Acknowledged for it when the handler has returned (design I3). */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly stream: string;
  readonly streamSequence: number;
  /** When JetStream took it. */
  readonly publishedAt: Date;
  /** 1 = the first time. */
  readonly deliveryCount: number;
  /** `Nats-Msg-Id`, else `ce-id`. */
  readonly messageId: string | undefined;
  readonly traceparent: string | undefined;
  /** Not now: delivered again later instead of being acknowledged with its batch. */
  retry(): void;
}

/** A delivery with what the consuming loop needs of it. */
export interface OpenDelivery extends Delivery {
  readonly message: JsMsg;
  readonly isRetried: boolean;
}

const LONGEST_RETRY_MS = 30_000;

export function retryDelayMs(deliveryCount: number): number {
  return Math.min(LONGEST_RETRY_MS, 250 * 2 ** Math.min(deliveryCount, 10));
}

export function openDelivery(message: JsMsg): OpenDelivery {
  let isRetried = false;
  const header = (name: string): string | undefined => message.headers?.get(name) || undefined;
  const { info } = message;
  return {
    message,
    subject: message.subject,
    data: message.data,
    stream: info.stream,
    streamSequence: info.streamSequence,
    publishedAt: new Date(info.timestampNanos / 1e6),
    deliveryCount: info.deliveryCount,
    messageId: header("Nats-Msg-Id") ?? header("ce-id"),
    traceparent: header("traceparent"),
    get isRetried() {
      return isRetried;
    },
    retry() {
      isRetried = true;
    },
  };
}
