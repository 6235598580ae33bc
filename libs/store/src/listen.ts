import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@hodei/telemetry";
import pg from "pg";

export interface ListenOptions {
  databaseUrl: string;
  /** A plain identifier. */
  channel: string;
  /** One NOTIFY's payload. */
  onNotification: (payload: string) => void;
  /** After each connect: what was said meanwhile is unknown, so read everything again. */
  onConnected: () => void;
  signal: AbortSignal;
  logger?: Logger;
}

const LONGEST_BACKOFF_MS = 5_000;
/** A connection that died without a word is noticed by this. */
const PROBE_MS = 15_000;

/** Follows a channel until the signal aborts, over any number of broken connections (design §5.1). */
export async function listen(options: ListenOptions): Promise<void> {
  const { signal, logger, channel } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await listenOnce(options, () => {
        if (failures > 0) logger?.info({ channel }, "LISTEN is back");
        failures = 0;
      });
    } catch (error) {
      if (failures === 0) logger?.warn({ err: error, channel }, "LISTEN broke; connecting again");
    }
    if (signal.aborted) return;
    failures += 1;
    // Only the abort ends this sleep early, and the loop looks at it next.
    await sleep(Math.min(LONGEST_BACKOFF_MS, 100 * 2 ** failures), undefined, { signal }).catch(() => undefined);
  }
}

async function listenOnce(
  { databaseUrl, channel, onNotification, onConnected, signal }: ListenOptions,
  connected: () => void,
) {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `hodei-listen-${channel}`,
    keepAlive: true,
  });
  const ended = Promise.withResolvers<void>();
  client.on("error", (error) => ended.reject(error));
  client.on("end", () => ended.resolve());
  client.on("notification", (message) => onNotification(message.payload ?? ""));
  const stop = () => ended.resolve();
  signal.addEventListener("abort", stop, { once: true });
  let probe: NodeJS.Timeout | undefined;
  try {
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    connected();
    onConnected();
    probe = setInterval(() => void client.query("SELECT 1").catch((error: unknown) => ended.reject(error)), PROBE_MS);
    if (!signal.aborted) await ended.promise;
  } finally {
    clearInterval(probe);
    signal.removeEventListener("abort", stop);
    // The connection is given up either way; a failure to say goodbye adds nothing.
    await client.end().catch(() => undefined);
  }
}
