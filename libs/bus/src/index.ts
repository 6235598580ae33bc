export { PublishError } from "./acked-publisher.ts";
export type { BatchHandler, ConsumeOptions } from "./consume.ts";
export { deadLetter } from "./dead-letter.ts";
export type { Delivery } from "./delivery.ts";
export { bodySha256, deriveJobId } from "./job-id.ts";
export { type Bus, type BusOptions, openBus, type OutgoingMessage } from "./open-bus.ts";
export type { ConsumerName } from "./streams.ts";
