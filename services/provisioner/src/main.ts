import { openBus } from "@hodei/bus";
import { SUBJECTS } from "@hodei/contracts";
import { answerForPlugin, loadAdapters } from "@hodei/providers";
import { makeWake, runService } from "@hodei/runtime";
import { openStore, readClusterId, releaseClaims } from "@hodei/store";
import { metrics } from "@hodei/telemetry";
import { workerProvision } from "./handlers/worker-provision.ts";
import { workerTerminate } from "./handlers/worker-terminate.ts";
import { keepClaims } from "./loops/extend-claims.ts";
import { keepWarm } from "./loops/keep-warm.ts";
import { reconcile } from "./loops/reconcile.ts";
import { removeEnded } from "./loops/remove-ended.ts";
import { takeOver } from "./loops/take-over.ts";
import { makeProviderRuntimes } from "./providers/provider-runtimes.ts";
import { makeStatusReporter } from "./workers/status-reporter.ts";
import { makeWorkerLogs } from "./workers/worker-log.ts";
import { makeWorkerSupervisor, type WorkerSupervisor } from "./workers/worker-supervisor.ts";

await runService("provisioner", async ({ signal, use, settings, logger, health, ready, onStrayError }) => {
  const { instanceId, claimSeconds, sweepSeconds, reconcileSeconds, lostAfterSeconds, secretsDirectory, home } =
    settings;
  onStrayError(answerForPlugin);
  const adapters = await loadAdapters(settings.plugins, logger);
  const store = use(
    await openStore(settings.databaseUrl, { applicationName: "hodei-provisioner", logger, steadyPlans: true }),
  );
  const { natsUrl: url, natsAuth: auth, jobLogs: jobLogRetention } = settings;
  const bus = use(await openBus({ url, name: "provisioner", logger, auth, jobLogRetention }));
  health.addCheck("postgresql", async () => void (await store.pool.query("SELECT 1")));
  health.addCheck("nats", () => bus.check());
  metrics.observeBus(() => bus.consumerPending());

  const db = store.pool;
  const endedWake = makeWake();
  const reporter = makeStatusReporter(bus, logger);
  const clusterId = await readClusterId(db);
  const onExit: WorkerSupervisor["ended"] = (exit) => supervisor.ended(exit);
  const runtimes = use(makeProviderRuntimes(db, { adapters, clusterId, home, logger, onExit }));
  const supervisor = makeWorkerSupervisor({
    db,
    openLog: makeWorkerLogs({ bus, limitBytes: settings.jobLogs.maxBytesPerAttempt, logger, signal }),
    runtimes: () => runtimes,
    reporter,
    instanceId,
    secretsDirectory,
    logger,
    signal,
    onEnded: () => endedWake.wake(),
  });
  bus.subscribe(SUBJECTS.workerTerminate, workerTerminate({ supervisor, logger }), signal);
  const changedWake = makeWake();
  const onChange = ({ data }: { data: Uint8Array }) => {
    runtimes.forget(providerIdIn(data));
    changedWake.wake();
  };
  bus.subscribe(SUBJECTS.providerChanged, onChange, signal);

  const perMachineTypes = adapters.types.filter(({ traits }) => traits.isPerMachine).map(({ type }) => type);
  const looking = { db, supervisor, runtimes, instanceId, perMachineTypes, lostAfterSeconds, logger, signal };
  ready();
  await Promise.all([
    bus.consume("provisioner-worker-provision", workerProvision({ db, supervisor, instanceId, claimSeconds, logger }), {
      signal,
    }),
    keepClaims({ db, supervisor, instanceId, claimSeconds, logger, signal }),
    takeOver({ ...looking, claimSeconds, sweepSeconds }),
    reconcile({ ...looking, reconcileSeconds }),
    keepWarm({ db, runtimes, wake: changedWake, logger, signal }),
    removeEnded({ db, supervisor, runtimes, wake: endedWake, logger, signal }),
  ]);
  await Promise.all([reporter.drain(), supervisor.settleLogs()]);
  await releaseClaims(db, instanceId);
});

function providerIdIn(data: Uint8Array): string {
  const body: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
  return typeof body === "object" && body !== null && "provider_id" in body ? String(body.provider_id) : "";
}
