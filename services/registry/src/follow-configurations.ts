import type { Bus } from "@hodei/bus";
import { formatProblem, ProviderChanged, SUBJECTS } from "@hodei/contracts";
import type { AdapterRegistry } from "@hodei/providers";
import { makeWake, runLoop } from "@hodei/runtime";
import { readConfigurations, type Store, writeConfigErrors, writeProviderTypes } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { judgeConfiguration } from "./judge-configuration.ts";

const CHANNEL = "hodei_provider_changed";
/** However quiet it is, all is read again this often. */
const RESYNC_MS = 30_000;

/** Follows what operators do to providers: validates, and tells the others (design §2 registry). */
export async function followConfigurations({
  store,
  bus,
  adapters,
  allowSimulated,
  logger,
  signal,
  onSynced,
}: {
  store: Store;
  bus: Bus;
  adapters: AdapterRegistry;
  allowSimulated: boolean;
  logger: Logger;
  signal: AbortSignal;
  /** Called once every configuration has been judged. */
  onSynced: () => void;
}): Promise<void> {
  const wake = makeWake();
  let heard: ProviderChanged[] = [];
  let isStale = true;
  let resyncAt = 0;

  const listening = store.listen(CHANNEL, {
    signal,
    onNotification: (payload) => {
      const change = changeIn(payload);
      if (change) heard.push(change);
      else isStale = true;
      wake.wake();
    },
    onConnected: () => {
      isStale = true;
      wake.wake();
    },
  });
  const working = runLoop({
    name: "configurations",
    signal,
    idleMs: RESYNC_MS,
    wake,
    onError: (error) => {
      isStale = true;
      logger.error({ err: error }, "configurations could not be validated; it is tried again");
    },
    step: async () => {
      const changes = heard;
      heard = [];
      const all = isStale || performance.now() >= resyncAt;
      isStale = false;
      if (all) resyncAt = performance.now() + RESYNC_MS;
      // Before any verdict: who hears that a provider is valid reads what its type can do.
      if (all) await store.transaction("registry", (tx) => writeProviderTypes(tx, adapters.types));
      const changed = await validate(all ? undefined : changes.map((change) => change.provider_id));
      for (const change of changes) {
        if (change.change === "created") logger.info({ provider: change.name }, `Provider registered: ${change.name}`);
      }
      await tell(changes, changed);
      if (all) onSynced();
      return heard.length > 0;
    },
  });
  await Promise.all([listening, working]);

  /** Judges configurations; answers the providers whose verdict changed. */
  async function validate(
    ids: readonly string[] | undefined,
  ): Promise<{ id: string; name: string; generation: number }[]> {
    if (ids?.length === 0) return [];
    const providers = await readConfigurations(store.pool, ids);
    const verdicts = await Promise.all(
      providers.map(async (provider) => ({
        ...provider,
        problems: await judgeConfiguration(provider, { adapters, allowSimulated }),
      })),
    );
    const written = new Set(await store.transaction("registry", (tx) => writeConfigErrors(tx, verdicts)));
    const changed = verdicts.filter((verdict) => written.has(verdict.id));
    for (const { name, problems } of changed) {
      if (problems.length > 0) {
        logger.warn(
          { provider: name, problems: problems.map(formatProblem) },
          `Provider ${name} is left out: its configuration is not valid`,
        );
      }
    }
    return changed;
  }

  async function tell(
    changes: readonly ProviderChanged[],
    judged: readonly { id: string; name: string; generation: number }[],
  ): Promise<void> {
    const bodies = new Map(changes.map((change) => [change.provider_id, change]));
    for (const { id, name, generation } of judged) {
      if (!bodies.has(id)) bodies.set(id, { provider_id: id, name, generation, change: "updated" });
    }
    const now = Date.now();
    await bus.publish(
      [...bodies.values()].map((body) => ({
        subject: SUBJECTS.providerChanged,
        messageId: `${body.provider_id}.${body.generation}.${body.change}.${now}`,
        body,
      })),
    );
  }
}

/** Anybody may NOTIFY, with anything: what is no change of ours has everything read again. */
function changeIn(payload: string): ProviderChanged | undefined {
  try {
    return ProviderChanged.safeParse(JSON.parse(payload)).data;
  } catch {
    // Not JSON.
    return undefined;
  }
}
