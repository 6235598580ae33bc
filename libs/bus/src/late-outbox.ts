import type { Logger } from "@hodei/telemetry";

/** Small messages that are in no hurry: each alone would cost a write here and wake the server, beside another they cost next to nothing. */
export interface LateOutbox {
  /** Sends it before whatever is published next on this connection, after a moment at the latest, in the order in which they were added. */
  add(send: () => void): void;
  /** Sends all that wait, now. */
  flush(): void;
}

const LATEST_MS = 2;

export function makeLateOutbox(logger: Logger): LateOutbox {
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (waiting.length === 0) return;
    clearTimeout(timer);
    timer = undefined;
    const sends = waiting;
    waiting = [];
    for (const send of sends) {
      try {
        send();
      } catch (error) {
        // What is acknowledged so comes again, and is harmless; a notice is told to whoever listens at that moment.
        logger.warn({ err: error }, "a message could not be sent");
      }
    }
  }

  return {
    add(send) {
      waiting.push(send);
      timer ??= setTimeout(flush, LATEST_MS);
    },
    flush,
  };
}
