import { openBus } from "@hodei/bus";
import { answerForPlugin, loadAdapters } from "@hodei/providers";
import { runService } from "@hodei/runtime";
import { openStore, readCheckedProviders, readClusterId } from "@hodei/store";
import { metrics } from "@hodei/telemetry";
import { makeAnnouncer } from "./announce-health.ts";
import { answerChecks } from "./answer-checks.ts";
import { checkProviders } from "./check-providers.ts";
import { makeProviderChecks } from "./provider-checks.ts";

await runService("health", async ({ signal, use, settings, logger, health, ready, onStrayError }) => {
  onStrayError(answerForPlugin);
  const adapters = await loadAdapters(settings.plugins, logger);
  const store = use(await openStore(settings.databaseUrl, { applicationName: "hodei-health", logger }));
  const bus = use(await openBus({ url: settings.natsUrl, name: "health", logger, auth: settings.natsAuth }));
  health.addCheck("postgresql", async () => void (await store.pool.query("SELECT 1")));
  health.addCheck("nats", () => bus.check());
  metrics.observeProviders(() => readCheckedProviders(store.pool));
  const clusterId = await readClusterId(store.pool);
  const checks = use(makeProviderChecks({ open: adapters.open, clusterId, home: settings.home, logger }));
  const announcer = makeAnnouncer(bus, logger);
  const tools = { store, bus, instanceId: settings.instanceId, checks, announcer, logger };
  ready();
  answerChecks(tools, signal);
  await Promise.all([announcer.run(signal), checkProviders(tools, signal)]);
});
