import type { ServiceImpl } from "@connectrpc/connect";
import type { ProviderService } from "@hodei/api/provider";
import type { ApiContext } from "./context.ts";
import { deleteProvider, registerProvider, setStatus, updateProvider } from "./providers/change-provider.ts";
import { checkProvider } from "./providers/check-provider.ts";
import { drainProvider } from "./providers/drain-provider.ts";
import { fleetStats } from "./providers/fleet-stats.ts";
import { listProviders } from "./providers/list-providers.ts";
import { listProviderHistory, rollbackProvider } from "./providers/provider-history.ts";
import type { ProviderNews } from "./providers/provider-news.ts";
import { findProvider, readProvider } from "./providers/read-providers.ts";
import { watchProviders } from "./providers/watch-providers.ts";
import type { Hub } from "./shared/make-hub.ts";

/** `ProviderService` over rows: each call is one function of `providers/`. */
export function providerService(context: ApiContext, news: Hub<ProviderNews>): ServiceImpl<typeof ProviderService> {
  const { store, signal: closing } = context;
  const whileOpen = (caller: AbortSignal) => AbortSignal.any([caller, closing]);
  return {
    registerProvider: async ({ config }) => ({ provider: await registerProvider(store, config) }),
    getProvider: async ({ providerId }) => ({
      provider: await readProvider(store, (await findProvider(store, providerId)).id),
    }),
    listProviders: (request) => listProviders(store, request),
    updateProvider: async (request) => ({ provider: await updateProvider(store, request) }),
    deleteProvider: async ({ providerId }) => {
      await deleteProvider(store, providerId);
      return {};
    },
    enableProvider: async ({ providerId }) => ({ provider: await setStatus(store, providerId, "ACTIVE") }),
    disableProvider: async ({ providerId }) => ({ provider: await setStatus(store, providerId, "DISABLED") }),
    setMaintenance: async ({ providerId }) => ({ provider: await setStatus(store, providerId, "MAINTENANCE") }),
    drainProvider: ({ providerId }, { signal }) => drainProvider(store, providerId, whileOpen(signal)),
    checkProvider: ({ providerId }) => checkProvider(context, providerId),
    listProviderHistory: (request) => listProviderHistory(store, request),
    rollbackProvider: (request) => rollbackProvider(store, request),
    getFleetStats: () => fleetStats(store),
    watchProviders: (_request, { signal }) => watchProviders(store, news, whileOpen(signal)),
  };
}
