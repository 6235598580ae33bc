import type { GetFleetStatsResponse } from "@hodei/api/provider";
import { useEffect } from "react";
import { providers } from "../api/clients.ts";
import { pause, streamIsClosed, streamIsLost, streamIsUp } from "./connection.ts";
import { makeStore } from "./make-store.ts";

/** One look at the fleet's numbers. */
interface Sample {
  at: number;
  active: number;
  max: number;
  waiting: number;
  running: number;
}

export interface Stats {
  now?: GetFleetStatsResponse;
  /** Since the page was opened. */
  samples: readonly Sample[];
}

const LOOK_MS = 3_000;
const TIMEOUT_MS = 8_000;
/** An hour. */
const MOST_SAMPLES = 1200;
const NAME = "numbers";

export const stats = makeStore<Stats>({ samples: [] });

/** Reads the numbers of the header; a registry that does not answer is noticed here, also where a stream is only silent. */
export function useStatsReader(): void {
  useEffect(() => {
    const closing = new AbortController();
    void read(closing.signal);
    return () => {
      closing.abort();
      streamIsClosed(NAME);
    };
  }, []);
}

async function read(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (!document.hidden) await look(signal);
    await pause(LOOK_MS, signal);
  }
}

async function look(signal: AbortSignal): Promise<void> {
  try {
    const now = await providers.getFleetStats({}, { signal, timeoutMs: TIMEOUT_MS });
    streamIsUp(NAME);
    const count = (...states: string[]) => states.reduce((sum, state) => sum + Number(now.jobsByState[state] ?? 0n), 0);
    const sample = {
      at: Date.now(),
      active: Number(now.activeWorkers),
      max: Number(now.maxWorkers),
      waiting: count("PENDING"),
      running: count("PROVISIONING", "RUNNING"),
    };
    stats.set({ now, samples: [...stats.get().samples, sample].slice(-MOST_SAMPLES) });
  } catch (error) {
    if (!signal.aborted) streamIsLost(NAME, error, Date.now() + LOOK_MS);
  }
}
