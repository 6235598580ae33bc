import { SUBJECTS } from "@hodei/contracts";
import type { ApiContext } from "../context.ts";
import { type Hub, makeHub } from "../shared/make-hub.ts";

/** Slots are taken and freed without a message: while somebody watches, the rows are compared this often. */
const LOOK_MS = 1_000;

/** What differs when a provider is to be shown anew: its id, and a word for all that is shown of it. */
const FINGERPRINTS = `
SELECT p.id, concat_ws('.', p.generation, p.ledger_version, p.active_workers, p.status, md5(coalesce(p.config_errors::text, '?')), h.checked_at, h.health) AS word
  FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id`;

/** The id of a provider that changed, and whether it is gone. */
export interface ProviderNews {
  id: string;
  isGone: boolean;
}

/** News of providers for whoever watches. */
export function makeProviderNews({ store, bus, logger, signal }: ApiContext): Hub<ProviderNews> {
  const hub = makeHub<ProviderNews>({ onFirst: () => void look() });
  let known = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  for (const subject of [SUBJECTS.providerChanged, SUBJECTS.providerHealth])
    bus.subscribe(subject, () => void look(), signal);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return hub;

  async function look(): Promise<void> {
    if (isLooking || signal.aborted || hub.size === 0) return;
    isLooking = true;
    clearTimeout(timer);
    try {
      const { rows } = await store.pool.query<{ id: string; word: string }>(FINGERPRINTS);
      const now = new Map(rows.map((row) => [row.id, row.word]));
      hub.tell(changesBetween(known, now));
      known = now;
    } catch (error) {
      if (!signal.aborted)
        logger.warn({ err: error }, "changed providers could not be read for those who watch; it is tried again");
    } finally {
      isLooking = false;
      if (hub.size > 0 && !signal.aborted) timer = setTimeout(() => void look(), LOOK_MS).unref();
    }
  }
}

function changesBetween(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlyMap<string, ProviderNews> {
  const changed = [...now].filter(([id, word]) => before.get(id) !== word).map(([id]) => ({ id, isGone: false }));
  const gone = [...before.keys()].filter((id) => !now.has(id)).map((id) => ({ id, isGone: true }));
  return new Map([...changed, ...gone].map((news) => [news.id, news]));
}
