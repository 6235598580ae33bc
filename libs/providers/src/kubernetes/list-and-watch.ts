import { makeBackoff, pause } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import type { ApiClient } from "./api-client.ts";
import { detailOf, isStatus } from "./api-error.ts";
import { openLimit } from "./open-limit.ts";
import type { RawObject } from "./views.ts";
import { watchEvents } from "./watch-events.ts";

const PAGE_ITEMS = 500;
/** A watch that the server should have closed by its own time is given this much longer. */
const LATE_MS = 10_000;
const SHORTEST_WATCH_MS = 1_000;

export interface Listed<T> {
  items: T[];
  /** On `performance.now()`: what was there before then is in it. */
  begunAt: number;
}

/** What one kind of object does in a namespace. */
export interface Watched<T> {
  path: string;
  labelSelector?: string;
  /** Everything there is: at the start, and whenever the server no longer knows what happened since. */
  onList: (listed: Listed<T>) => void;
  onChange: (object: T) => void;
  onDelete: (object: T) => void;
}

/**
 * Follows objects for as long as `signal` lets it. In place of client-node's informer, which stops at any error but 410 and the client's own
 * timeout, passes over lines it cannot read and stays with a stale version after bookmarks. Here each watch has an end (`timeoutSeconds`, and
 * the same on our side, for a server that has gone silent); a version that has expired is listed anew; anything else is tried again from the
 * last version, more and more slowly, and said once.
 */
export async function listAndWatch<T extends RawObject>(
  api: ApiClient,
  { path, labelSelector, onList, onChange, onDelete }: Watched<T>,
  { watchSeconds, logger, signal }: { watchSeconds: number; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const backoff = makeBackoff(200, 10_000);
  let version: string | undefined;
  let failing = false;
  while (!signal.aborted) {
    try {
      version ??= await list();
      recovered();
      const begunAt = performance.now();
      await watch();
      // A server that closes every watch at once is not asked as fast as it can answer.
      if (performance.now() - begunAt < SHORTEST_WATCH_MS) await pause(backoff.next(), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isStatus(error, 410)) {
        version = undefined;
        await pause(backoff.next(), signal);
        continue;
      }
      if (!failing) logger.warn({ path, reason: detailOf(error) }, "the cluster cannot be watched; trying again");
      failing = true;
      await pause(backoff.next(), signal);
    }
  }

  function recovered(): void {
    if (failing) logger.info({ path }, "the cluster can be watched again");
    failing = false;
    backoff.reset();
  }

  async function list(): Promise<string> {
    const begunAt = performance.now();
    const items: T[] = [];
    for (let next: string | undefined; ; ) {
      const query = { labelSelector, limit: PAGE_ITEMS, continue: next };
      const page = await api.call<{ metadata?: RawObject["metadata"]; items?: T[] }>(path, { query, signal });
      items.push(...(page.items ?? []));
      next = page.metadata?.continue;
      if (next) continue;
      onList({ items, begunAt });
      return page.metadata?.resourceVersion ?? "";
    }
  }

  async function watch(): Promise<void> {
    using limit = openLimit(watchSeconds * 1000 + LATE_MS, signal);
    const query = {
      watch: true,
      labelSelector,
      resourceVersion: version,
      allowWatchBookmarks: true,
      timeoutSeconds: watchSeconds,
    };
    try {
      for await (const { type, object } of watchEvents<T>(await api.open(path, query, limit.signal))) {
        version = object.metadata?.resourceVersion ?? version;
        if (type === "DELETED") onDelete(object);
        else if (type !== "BOOKMARK") onChange(object);
      }
    } catch (error) {
      // Our own end of a watch that said nothing more: the next one goes on from the same version.
      if (!limit.signal.aborted) throw error;
    }
  }
}
