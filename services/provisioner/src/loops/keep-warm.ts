import { runLoop, type Wake } from "@hodei/runtime";
import { type Queryable, readWarmProviders } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import type { ProviderRuntimes } from "../providers/provider-runtimes.ts";

const NET_MS = 30_000;

/** Opens the providers that keep warm workers before their first job comes, and anew when their configuration changes. */
export async function keepWarm({
  db,
  runtimes,
  wake,
  logger,
  signal,
}: {
  db: Queryable;
  runtimes: ProviderRuntimes;
  wake: Wake;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  /** Opened for their warm workers: one that keeps none any longer is looked at once more, so that it gives them up. */
  let known = new Set<string>();
  await runLoop({
    name: "keep warm",
    signal,
    idleMs: NET_MS,
    wake,
    onError: (error) => logger.error({ err: error }, "providers with warm workers could not be looked up"),
    step: async () => {
      const wanted = new Set(await readWarmProviders(db));
      const ids = new Set([...wanted, ...known]);
      known = wanted;
      // Each for itself: one that hangs holds up no other.
      for (const id of ids) {
        runtimes.get(id).catch((error: unknown) => {
          logger.warn({ err: error, provider_id: id }, "a provider with warm workers could not be opened");
        });
      }
      return false;
    },
  });
}
