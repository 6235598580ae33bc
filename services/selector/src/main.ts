import { openBus } from "@hodei/bus";
import { FAILURE_CODES } from "@hodei/diagnostics";
import { makeWake, runService } from "@hodei/runtime";
import { openStore, readRecentlyFinishedJobs } from "@hodei/store";
import { metrics } from "@hodei/telemetry";
import { makeRejecter } from "./admission/reject-submissions.ts";
import { makeAnnouncer } from "./announce.ts";
import { jobCancel } from "./handlers/job-cancel.ts";
import { jobSubmitted } from "./handlers/job-submitted.ts";
import { workerStatus } from "./handlers/worker-status.ts";
import { archiveFinished } from "./loops/archive.ts";
import { makeEvacuator } from "./loops/evacuate.ts";
import { placeWaitingJobs } from "./loops/place-waiting.ts";
import { followProviderChanges } from "./loops/provider-changes.ts";
import { sweep } from "./loops/sweep.ts";
import { makeFleetView } from "./placing/fleet-view.ts";
import { makePlacer } from "./placing/placer.ts";
import { makeSettleReports } from "./settling/settle-reports.ts";

/** How far back finished jobs are announced again when the status stream was lost. */
const ANNOUNCE_AGAIN_SECONDS = 600;
const ANNOUNCE_AGAIN_JOBS = 10_000;

await runService("selector", async ({ signal, use, settings, logger, health, ready }) => {
  const store = use(
    await openStore(settings.databaseUrl, { applicationName: "hodei-selector", logger, steadyPlans: true }),
  );
  const bus = use(await openBus({ url: settings.natsUrl, name: "selector", logger, auth: settings.natsAuth }));
  health.addCheck("postgresql", async () => void (await store.pool.query("SELECT 1")));
  health.addCheck("nats", () => bus.check());

  const view = makeFleetView(store.pool);
  const placer = makePlacer({ db: store.pool, view, logger });
  const announcer = makeAnnouncer(bus);
  const reject = makeRejecter(store.pool, bus, announcer, logger);
  const waitingWake = makeWake();
  const changesWake = makeWake();
  const lookAgain = () => waitingWake.wake();
  const settle = makeSettleReports({ db: store.pool, placer, announcer, logger, onWaiting: lookAgain });
  const evacuate = makeEvacuator({ db: store.pool, bus, logger });
  bus.onStreamsCreated(async (streams) => {
    if (!streams.includes("HODEI_STATUS")) return;
    await announcer.final(await readRecentlyFinishedJobs(store.pool, ANNOUNCE_AGAIN_SECONDS, ANNOUNCE_AGAIN_JOBS));
  });
  metrics.observeFleet(() => view.fleet.all(), FAILURE_CODES);
  metrics.observeBus(() => bus.consumerPending());

  await view.refresh();
  ready();
  await Promise.all([
    bus.consume("selector-job-submitted", jobSubmitted({ placer, announcer, reject, onWaiting: lookAgain }), {
      signal,
      concurrency: 2,
    }),
    bus.consume("selector-worker-status", workerStatus({ db: store.pool, announcer, settle, reject }), {
      signal,
      concurrency: 2,
    }),
    bus.consume("selector-job-cancel", jobCancel({ store, bus, announcer, settle, reject, logger }), { signal }),
    followProviderChanges({ bus, view, wake: changesWake, evacuate, changed: lookAgain, logger, signal }),
    placeWaitingJobs({ placer, announcer, wake: waitingWake, logger, signal }),
    sweep({
      store,
      bus,
      view,
      holder: settings.instanceId,
      sweepSeconds: settings.sweepSeconds,
      archiveAfterSeconds: settings.retention.archiveAfterSeconds,
      changed: lookAgain,
      logger,
      signal,
    }),
    archiveFinished({ store, settings, logger, signal }),
  ]);
});
