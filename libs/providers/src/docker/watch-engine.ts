import { pause } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import type Docker from "dockerode";
import { askEngine } from "./ask-engine.ts";
import { detailOf } from "./classify-error.ts";
import { readJsonLines } from "./json-lines.ts";

const RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 10_000;

export interface EngineListener {
  /** Looks at what there is; true = something had happened that no event told. */
  look: () => Promise<boolean>;
  onEnded: (name: string, id: string) => void;
  onRemoved: (name: string, id: string) => void;
  /** A signal was sent to it by way of the engine. */
  onKilled: (id: string, signal: number) => void;
}

type EventStream = NodeJS.ReadableStream & { destroy(): void };

/**
 * Follows the engine's events about our containers on one stream. After each connect it looks at what there is, since what happened while the stream
 * was broken is not told again; and it looks every `lookEveryMs`, since a stream may be dead without anybody noticing (a connection half open, a
 * proxy that hangs). A look that finds what no event told opens a new stream.
 */
export async function watchEngine(
  docker: Docker,
  filter: { label: string[] },
  listener: EngineListener,
  { logger, signal, lookEveryMs }: { logger: Logger; signal: AbortSignal; lookEveryMs: number },
): Promise<void> {
  const filters = JSON.stringify({ ...filter, type: ["container"], event: ["die", "destroy", "kill"] });
  for (let failures = 0; !signal.aborted; ) {
    try {
      const call = (abortSignal: AbortSignal) => docker.getEvents({ filters, abortSignal });
      const stream = (await askEngine(call, { signal })) as EventStream;
      const close = () => stream.destroy();
      signal.addEventListener("abort", close, { once: true });
      const looking = new AbortController();
      try {
        await listener.look();
        if (failures > 0) logger.info("the engine answers again");
        failures = 0;
        const looks = lookAgain(looking.signal, close);
        await readEvents(stream, listener).finally(() => looking.abort());
        await looks;
      } finally {
        looking.abort();
        signal.removeEventListener("abort", close);
        close();
      }
    } catch (error) {
      if (!signal.aborted && failures === 0)
        logger.warn({ reason: detailOf(error) }, "the engine's events are not to be had; trying again");
    }
    failures += 1;
    if (!signal.aborted) await pause(Math.min(LONGEST_RECONNECT_MS, RECONNECT_MS * failures), signal);
  }

  async function lookAgain(ended: AbortSignal, reopen: () => void): Promise<void> {
    for (;;) {
      await pause(lookEveryMs, ended);
      if (ended.aborted) return;
      try {
        if (!(await listener.look())) continue;
        logger.warn("the engine's events were late; a new stream is opened");
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ reason: detailOf(error) }, "the engine does not answer; a new stream is opened");
      }
      return reopen();
    }
  }
}

interface EngineEvent {
  Action?: string;
  Actor?: { ID?: string; Attributes?: { name?: string; signal?: string } };
}

async function readEvents(stream: NodeJS.ReadableStream, listener: EngineListener): Promise<void> {
  for await (const { Action, Actor } of readJsonLines<EngineEvent>(stream)) {
    const { name, signal } = Actor?.Attributes ?? {};
    if (!name || !Actor?.ID) continue;
    if (Action === "die") listener.onEnded(name, Actor.ID);
    else if (Action === "destroy") listener.onRemoved(name, Actor.ID);
    else if (Action === "kill") listener.onKilled(Actor.ID, Number(signal));
  }
}
