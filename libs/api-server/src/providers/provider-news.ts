import type { Provider } from "@hodei/api/provider";
import { SUBJECTS } from "@hodei/contracts";
import type { ApiContext } from "../context.ts";
import { type Hub, makeHub } from "../shared/make-hub.ts";
import { readProvidersById } from "./read-providers.ts";
import { type ReadThroughput, withThroughput } from "./throughput.ts";

/** Slots are taken and freed without a message: while somebody watches, the rows are compared this often. */
const LOOK_MS = 1_000;
/** Providers read in one query. */
const READ_AT_ONCE = 500;

/** What differs when a provider is to be shown anew: its id, and a word for all that is shown of it. */
const FINGERPRINTS = `
SELECT p.id, concat_ws('.', p.generation, p.ledger_version, p.active_workers, p.status, md5(coalesce(p.config_errors::text, '?')), h.checked_at, h.health) AS word
  FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id`;

/** A provider as it is now; nothing of one that is gone. */
export interface ProviderNews {
  id: string;
  provider?: Provider;
}

/** News of providers for whoever watches, read once for all of them. */
export function makeProviderNews(
  { store, bus, logger }: ApiContext,
  readThroughput: ReadThroughput,
): Hub<ProviderNews> {
  const hub = makeHub<ProviderNews>(listen);
  return hub;

  async function listen(signal: AbortSignal): Promise<void> {
    let known = await fingerprints();
    let timer: NodeJS.Timeout | undefined;
    let isLooking = false;
    for (const subject of [SUBJECTS.providerChanged, SUBJECTS.providerHealth])
      bus.subscribe(subject, () => void look(), signal);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    lookLater();

    async function look(): Promise<void> {
      if (isLooking || signal.aborted) return;
      isLooking = true;
      clearTimeout(timer);
      try {
        const now = await fingerprints();
        await tell(changedIds(known, now));
        known = now;
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ err: error }, "changed providers could not be read for those who watch; it is tried again");
      } finally {
        isLooking = false;
        lookLater();
      }
    }

    function lookLater(): void {
      if (!signal.aborted) timer = setTimeout(() => void look(), LOOK_MS).unref();
    }
  }

  async function fingerprints(): Promise<ReadonlyMap<string, string>> {
    const [{ rows }, throughput] = await Promise.all([
      store.pool.query<{ id: string; word: string }>(FINGERPRINTS),
      readThroughput(),
    ]);
    const rate = (id: string) => {
      const { startedPerMinute = 0, finishedPerMinute = 0 } = throughput.get(id) ?? {};
      return `${startedPerMinute}.${finishedPerMinute}`;
    };
    return new Map(rows.map(({ id, word }) => [id, `${word}.${rate(id)}`]));
  }

  async function tell(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const some = ids.slice(at, at + READ_AT_ONCE);
      const news = new Map<string, ProviderNews>(some.map((id) => [id, { id }]));
      for (const provider of await withThroughput(await readProvidersById(store, some), readThroughput))
        news.set(provider.id, { id: provider.id, provider });
      hub.tell(news);
    }
  }
}

/** Of providers that are new, have changed, or are gone. */
function changedIds(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const gone = [...before.keys()].filter((id) => !now.has(id));
  return [...[...now].filter(([id, word]) => before.get(id) !== word).map(([id]) => id), ...gone];
}
