import { create } from "@bufbuild/protobuf";
import { type DrainProviderResponse, DrainProviderResponseSchema } from "@hodei/api/provider";
import type { Caller, Store } from "@hodei/store";
import { pause } from "../shared/pause.ts";
import { setStatus } from "./change-provider.ts";
import { readProvider } from "./read-providers.ts";

const LOOK_MS = 250;

/** See `ProviderService.DrainProvider`. Ends when the last worker has, or with the signal; the provider stays in MAINTENANCE. */
export async function* drainProvider(
  store: Store,
  caller: Caller,
  idOrName: string,
  signal: AbortSignal,
): AsyncGenerator<DrainProviderResponse> {
  const { id } = await setStatus(store, caller, idOrName, "MAINTENANCE");
  for (let told = -1; !signal.aborted; ) {
    const { activeWorkers } = await readProvider(store, id);
    if (activeWorkers !== told)
      yield create(DrainProviderResponseSchema, { activeWorkers, drained: activeWorkers === 0 });
    if (activeWorkers === 0) return;
    told = activeWorkers;
    // Ends early only when the caller is gone.
    await pause(LOOK_MS, signal);
  }
}
