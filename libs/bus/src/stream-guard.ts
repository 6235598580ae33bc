import type { Logger } from "@hodei/telemetry";
import type { JetStreamManager } from "@nats-io/jetstream";
import { ensureStreams, type KnownStreams } from "./ensure-streams.ts";
import type { JobLogRetention } from "./streams.ts";

export type StreamsCreated = (streams: readonly string[]) => void | Promise<void>;

/** Keeps the streams in being and tells who wants to know that one is new: what it held is gone (design I8). */
export interface StreamGuard {
  /** Looks now; one look at a time, whoever asks. @throws when the server does not answer */
  verify(): Promise<void>;
  /** Looks now, and logs a failure once per outage instead of throwing. */
  verifySoon(): void;
  /** Told at once of the streams that were made before it asked. @returns what ends it */
  onCreated(listener: StreamsCreated): () => void;
  close(): void;
}

/** Streams are looked at this often even when nothing says that they are gone. */
const VERIFY_MS = 15_000;

interface Listener {
  call: StreamsCreated;
  /** Streams it was not told of yet, or failed to deal with. */
  owed: Set<string>;
  running: boolean;
}

export function makeStreamGuard(
  manager: JetStreamManager,
  logger: Logger,
  onFresh: () => void,
  jobLogRetention?: JobLogRetention,
): StreamGuard {
  const known: KnownStreams = new Map();
  const listeners = new Set<Listener>();
  const madeSoFar = new Set<string>();
  let verifying: Promise<void> | undefined;
  let isFailing = false;

  async function look(): Promise<void> {
    const fresh = await ensureStreams(manager, known, jobLogRetention);
    if (isFailing) logger.info("the streams are there again");
    isFailing = false;
    if (fresh.length > 0) {
      logger.info({ streams: fresh }, "streams were made");
      for (const stream of fresh) madeSoFar.add(stream);
      for (const listener of listeners) for (const stream of fresh) listener.owed.add(stream);
      onFresh();
    }
    for (const listener of listeners) void tell(listener);
  }

  async function tell(listener: Listener): Promise<void> {
    if (listener.running || listener.owed.size === 0) return;
    listener.running = true;
    const streams = [...listener.owed];
    listener.owed.clear();
    try {
      await listener.call(streams);
    } catch (error) {
      logger.warn({ err: error, streams }, "what new streams ask for could not be done; it will be tried again");
      for (const stream of streams) listener.owed.add(stream);
    } finally {
      listener.running = false;
    }
  }

  function verify(): Promise<void> {
    verifying ??= look().finally(() => {
      verifying = undefined;
    });
    return verifying;
  }

  function verifySoon(): void {
    verify().catch((error: unknown) => {
      if (!isFailing) logger.warn({ err: error }, "the streams could not be looked at");
      isFailing = true;
    });
  }

  const timer = setInterval(verifySoon, VERIFY_MS);
  timer.unref();
  return {
    verify,
    verifySoon,
    onCreated(call) {
      const listener: Listener = { call, owed: new Set(madeSoFar), running: false };
      listeners.add(listener);
      void tell(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}
