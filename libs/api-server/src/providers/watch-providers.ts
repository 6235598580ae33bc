import { create } from "@bufbuild/protobuf";
import { type Provider, type WatchProvidersResponse, WatchProvidersResponseSchema } from "@hodei/api/provider";
import { type Store, schema } from "@hodei/store";
import { sql } from "drizzle-orm";
import type { Hub } from "../shared/make-hub.ts";
import type { ProviderNews } from "./provider-news.ts";
import { readProviders } from "./read-providers.ts";
import { type ReadThroughput, withThroughput } from "./throughput.ts";

/** Providers in one message of the first picture: the next are read when these have left. */
const AT_ONCE = 200;

/** See `ProviderService.WatchProviders`. Listens before it looks, so that nothing falls between the picture and the changes. */
export async function* watchProviders(
  { store, news, readThroughput }: { store: Store; news: Hub<ProviderNews>; readThroughput: ReadThroughput },
  signal: AbortSignal,
): AsyncGenerator<WatchProvidersResponse> {
  using changes = await news.open();
  for (let after: string | undefined, isWhole = false; !isWhole; ) {
    const providers = await withThroughput(await pageAfter(store, after), readThroughput);
    after = providers.at(-1)?.config?.name;
    isWhole = providers.length < AT_ONCE;
    yield create(WatchProvidersResponseSchema, { providers, synced: isWhole });
  }
  while (!signal.aborted) {
    const changed = await changes.take(signal);
    const providers = changed.flatMap(({ provider }) => provider ?? []);
    const removedIds = changed.filter(({ provider }) => !provider).map(({ id }) => id);
    if (changed.length > 0) yield create(WatchProvidersResponseSchema, { providers, removedIds });
  }
}

function pageAfter(store: Store, name: string | undefined): Promise<Provider[]> {
  const { name: column } = schema.providerConfigs;
  return readProviders(store, name === undefined ? undefined : sql`${column} COLLATE "C" > ${name}`, AT_ONCE);
}
