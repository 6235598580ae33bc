import { openBus } from "@hodei/bus";
import { answerForPlugin, loadAdapters } from "@hodei/providers";
import { runService } from "@hodei/runtime";
import { openStore } from "@hodei/store";
import { metrics } from "@hodei/telemetry";
import { followConfigurations } from "./follow-configurations.ts";
import { guardedRoute } from "./guarded-route.ts";
import { openAccess } from "./open-access.ts";
import { providerOverview } from "./provider-overview.ts";
import { serveApi } from "./serve-api.ts";
import { serveConsole } from "./serve-console.ts";
import { trimAuditLog } from "./trim-audit-log.ts";

await runService("registry", async ({ signal, use, settings, logger, health, routes, serve, ready, onStrayError }) => {
  onStrayError(answerForPlugin);
  const adapters = await loadAdapters(settings.plugins, logger);
  const store = use(await openStore(settings.databaseUrl, { applicationName: "hodei-registry", logger }));
  const bus = use(await openBus({ url: settings.natsUrl, name: "registry", logger, auth: settings.natsAuth }));
  health.addCheck("postgresql", async () => void (await store.pool.query("SELECT 1")));
  health.addCheck("nats", () => bus.check());
  metrics.observeBus(() => bus.consumerPending());
  const access = openAccess(store, settings, logger);
  serve(serveConsole(serveApi({ store, bus, logger, signal }, access)));
  routes.set(
    "/health/providers",
    guardedRoute(access.guard, () => providerOverview(store)),
  );
  const { allowSimulated, instanceId: holder, access: api } = settings;
  await Promise.all([
    followConfigurations({ store, bus, adapters, allowSimulated, logger, signal, onSynced: once(ready) }),
    trimAuditLog({ store, days: api.auditDays, holder, logger, signal }),
  ]);
});

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}
