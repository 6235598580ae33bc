import { create } from "@bufbuild/protobuf";
import { type WatchProvidersResponse, WatchProvidersResponseSchema } from "@hodei/api/provider";
import type { Store } from "@hodei/store";
import type { Hub } from "../shared/make-hub.ts";
import type { ProviderNews } from "./provider-news.ts";
import { readProviders, readProvidersById } from "./read-providers.ts";

/** Providers in one message. */
const AT_ONCE = 500;

/** See `ProviderService.WatchProviders`. Listens before it looks, so that nothing falls between the picture and the changes. */
export async function* watchProviders(
  store: Store,
  news: Hub<ProviderNews>,
  signal: AbortSignal,
): AsyncGenerator<WatchProvidersResponse> {
  using changes = news.open();
  const all = await readProviders(store, undefined);
  for (let at = 0; at + AT_ONCE < all.length; at += AT_ONCE)
    yield create(WatchProvidersResponseSchema, { providers: all.slice(at, at + AT_ONCE) });
  yield create(WatchProvidersResponseSchema, {
    providers: all.slice(-(all.length % AT_ONCE || AT_ONCE)),
    synced: true,
  });
  while (!signal.aborted) {
    const changed = await changes.take(signal);
    const removedIds = changed.filter(({ isGone }) => isGone).map(({ id }) => id);
    const ids = changed.filter(({ isGone }) => !isGone).map(({ id }) => id);
    if (changed.length > 0)
      yield create(WatchProvidersResponseSchema, { providers: await readProvidersById(store, ids), removedIds });
  }
}
