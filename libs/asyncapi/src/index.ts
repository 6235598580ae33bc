export { CHANNELS, type Channel } from "./channels.ts";
export { DOCUMENT } from "./document.ts";
export type { Message } from "./message.ts";
export { MESSAGES, type MessageName } from "./messages.ts";
export { MESSAGES_PAGE } from "./messages-page.ts";
