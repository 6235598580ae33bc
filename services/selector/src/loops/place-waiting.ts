import { runLoop, type Wake } from "@hodei/runtime";
import { type Queryable, secondsToNextBackoff } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import type { Announcer } from "../announce.ts";
import type { Placer } from "../placing/placer.ts";

/** Longest sleep between two looks at the waiting jobs; the net under every wake that was lost. */
const NET_MS = 5_000;

/** Places waiting jobs whenever it is woken, and when a retry's backoff ends. */
export async function placeWaitingJobs({
  db,
  placer,
  announcer,
  wake,
  logger,
  signal,
}: {
  db: Queryable;
  placer: Placer;
  announcer: Announcer;
  wake: Wake;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  await runLoop({
    name: "waiting jobs",
    signal,
    idleMs: NET_MS,
    wake,
    onError: (error: unknown) =>
      logger.error({ err: error }, "waiting jobs could not be placed; it will be tried again"),
    step: async () => {
      const { waited } = await placer.placeWaiting(async (placed) => {
        await announcer.provision(placed);
        announcer.notice(
          "PROVISIONING",
          placed.map((job) => ({ ...job, provider: job.provider.name })),
        );
      });
      clearTimeout(timer);
      const seconds = waited ? await secondsToNextBackoff(db) : null;
      if (seconds !== null && seconds * 1000 < NET_MS)
        timer = setTimeout(() => wake.wake(), Math.max(5, seconds * 1000 + 1));
      return false;
    },
  });
}
