import { runLoop, type Wake } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import type { Announcer } from "../announce.ts";
import type { Placer } from "../placing/placer.ts";

/** Longest sleep between two looks at the waiting jobs; the net under every wake that was lost. */
const NET_MS = 5_000;

/** Places waiting jobs whenever it is woken, and when a retry's backoff ends. */
export async function placeWaitingJobs({
  placer,
  announcer,
  wake,
  logger,
  signal,
}: {
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
      const asked = performance.now();
      const { hasMore, retrySeconds } = await placer.placeWaiting(async (placed) => {
        await announcer.provision(placed);
        announcer.notice(
          "PROVISIONING",
          placed.map((job) => ({ ...job, provider: job.provider.name })),
        );
      });
      clearTimeout(timer);
      const retryMs = asked + (retrySeconds ?? Number.POSITIVE_INFINITY) * 1000 - performance.now();
      if (retryMs < NET_MS) timer = setTimeout(() => wake.wake(), Math.max(5, retryMs + 1));
      return hasMore;
    },
  });
}
