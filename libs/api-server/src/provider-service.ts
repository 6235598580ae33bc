import type { ServiceImpl } from "@connectrpc/connect";
import type { ProviderService } from "@hodei/api/provider";
import { callerOf } from "./access/principal.ts";
import type { ApiContext } from "./context.ts";
import { deleteProvider, registerProvider, setStatus, updateProvider } from "./providers/change-provider.ts";
import { checkProvider } from "./providers/check-provider.ts";
import { drainProvider } from "./providers/drain-provider.ts";
import { fleetStats } from "./providers/fleet-stats.ts";
import { listProviders } from "./providers/list-providers.ts";
import { listProviderHistory, rollbackProvider } from "./providers/provider-history.ts";
import type { ProviderNews } from "./providers/provider-news.ts";
import { findProvider, readProvider } from "./providers/read-providers.ts";
import { type ReadThroughput, withThroughput } from "./providers/throughput.ts";
import { watchProviders } from "./providers/watch-providers.ts";
import type { Hub } from "./shared/make-hub.ts";

/** `ProviderService` over rows: each call is one function of `providers/`. */
export function providerService(
  context: ApiContext,
  news: Hub<ProviderNews>,
  readThroughput: ReadThroughput,
): ServiceImpl<typeof ProviderService> {
  const { store, signal: closing } = context;
  const whileOpen = (caller: AbortSignal) => AbortSignal.any([caller, closing]);
  return {
    registerProvider: async ({ config }, call) => ({ provider: await registerProvider(store, callerOf(call), config) }),
    getProvider: async ({ providerId }) => {
      const found = await readProvider(store, (await findProvider(store, providerId)).id);
      const [provider] = await withThroughput([found], readThroughput);
      return { ...(provider && { provider }) };
    },
    listProviders: async (request) => {
      const page = await listProviders(store, request);
      return { ...page, providers: await withThroughput(page.providers, readThroughput) };
    },
    updateProvider: async (request, call) => ({ provider: await updateProvider(store, callerOf(call), request) }),
    deleteProvider: async ({ providerId }, call) => {
      await deleteProvider(store, callerOf(call), providerId);
      return {};
    },
    enableProvider: async ({ providerId }, call) => ({
      provider: await setStatus(store, callerOf(call), providerId, "ACTIVE"),
    }),
    disableProvider: async ({ providerId }, call) => ({
      provider: await setStatus(store, callerOf(call), providerId, "DISABLED"),
    }),
    setMaintenance: async ({ providerId }, call) => ({
      provider: await setStatus(store, callerOf(call), providerId, "MAINTENANCE"),
    }),
    drainProvider: ({ providerId }, call) => drainProvider(store, callerOf(call), providerId, whileOpen(call.signal)),
    checkProvider: ({ providerId }) => checkProvider(context, providerId),
    listProviderHistory: (request) => listProviderHistory(store, request),
    rollbackProvider: (request, call) => rollbackProvider(store, callerOf(call), request),
    getFleetStats: () => fleetStats(store),
    watchProviders: (_request, { signal }) => watchProviders({ store, news, readThroughput }, whileOpen(signal)),
  };
}
