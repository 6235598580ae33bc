/** What a worker writes, and `system`: what Hodei says beside it. */
export const LOG_STREAMS = ["stdout", "stderr", "system"] as const;
export type LogStream = (typeof LOG_STREAMS)[number];
