import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@hodei/telemetry";
import type Docker from "dockerode";
import { within } from "../within.ts";
import { detailOf } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";

const RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 10_000;

/**
 * Follows the engine's events about our containers on one stream. After each connect `onConnected` looks at what there is, since what
 * happened while the stream was broken is not told again.
 */
export async function watchEngine(
  docker: Docker,
  filter: { label: string[] },
  {
    onConnected,
    onEnded,
    onRemoved,
  }: { onConnected: () => Promise<void>; onEnded: (name: string) => void; onRemoved: (name: string) => void },
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      const filters = JSON.stringify({ ...filter, type: ["container"], event: ["die", "destroy"] });
      const stream = (await within(docker.getEvents({ filters }), CALL_TIMEOUT_MS, signal)) as NodeJS.ReadableStream & {
        destroy(): void;
      };
      const close = () => stream.destroy();
      signal.addEventListener("abort", close, { once: true });
      try {
        await onConnected();
        if (failures > 0) logger.info("the engine answers again");
        failures = 0;
        await readEvents(stream, onEnded, onRemoved);
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    } catch (error) {
      if (!signal.aborted && failures === 0)
        logger.warn({ reason: detailOf(error) }, "the engine's events are not to be had; trying again");
    }
    failures += 1;
    // Ends early only when the watching ends.
    if (!signal.aborted)
      await sleep(Math.min(LONGEST_RECONNECT_MS, RECONNECT_MS * failures), undefined, { signal }).catch(
        () => undefined,
      );
  }
}

async function readEvents(
  stream: NodeJS.ReadableStream,
  onEnded: (name: string) => void,
  onRemoved: (name: string) => void,
): Promise<void> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.trim()) continue;
      const event = JSON.parse(line) as { Action?: string; Actor?: { Attributes?: { name?: string } } };
      const name = event.Actor?.Attributes?.name;
      if (!name) continue;
      if (event.Action === "die") onEnded(name);
      else if (event.Action === "destroy") onRemoved(name);
    }
  }
}
