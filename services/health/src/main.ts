import { openBus } from "@hodei/bus";
import { runService } from "@hodei/runtime";
import { openStore, readClusterId } from "@hodei/store";
import { checkProviders } from "./check-providers.ts";

await runService("health", async ({ signal, use, settings, logger, health, ready }) => {
  const store = use(await openStore(settings.databaseUrl, { applicationName: "hodei-health", logger }));
  const bus = use(await openBus({ url: settings.natsUrl, name: "health", logger, auth: settings.natsAuth }));
  health.addCheck("postgresql", async () => void (await store.pool.query("SELECT 1")));
  health.addCheck("nats", () => bus.check());
  const clusterId = await readClusterId(store.pool);
  ready();
  await checkProviders({
    store,
    bus,
    clusterId,
    instanceId: settings.instanceId,
    home: settings.home,
    logger,
    signal,
  });
});
