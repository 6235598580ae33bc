import { hostname } from "node:os";
import { runLoop } from "@hodei/runtime";
import { type Queryable, type ReconcilableProvider, readReconcilableProviders, takeLeases } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { inParallel } from "../in-parallel.ts";
import type { ProviderRuntimes } from "../providers/provider-runtimes.ts";
import { findMissing } from "../reconciling/find-missing.ts";
import { settleStrays } from "../reconciling/settle-strays.ts";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

/** Providers that are asked at once; one that hangs takes up one of these and no more. */
const AT_ONCE = 16;
const LIST_TIMEOUT_MS = 10_000;

export interface ReconcileOptions {
  db: Queryable;
  supervisor: WorkerSupervisor;
  runtimes: ProviderRuntimes;
  instanceId: string;
  /** Types whose workers only a provisioner on their own machine can see. */
  perMachineTypes: readonly string[];
  reconcileSeconds: number;
  lostAfterSeconds: number;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Compares, at the start and then every minute, what each provider has with the rows. Workers that nobody here knows are ended by one
 * instance (lease); a worker that its provider does not know is reported lost by the instance that holds it.
 */
export async function reconcile(options: ReconcileOptions): Promise<void> {
  const { db, supervisor, runtimes, instanceId, perMachineTypes, reconcileSeconds, logger, signal } = options;
  await runLoop({
    name: "reconcile",
    signal,
    idleMs: reconcileSeconds * 1000,
    onError: (error) =>
      logger.error({ err: error }, "providers could not be compared with the rows; it is tried again"),
    step: async () => {
      const providers = (await readReconcilableProviders(db)).filter(
        ({ providerType }) => providerType !== "simulated",
      );
      const leased = await takeLeases(db, providers.map(leaseName), instanceId, reconcileSeconds * 2);
      await inParallel(providers, AT_ONCE, (provider) => compare(provider, leased.has(leaseName(provider))));
      return false;
    },
  });

  async function compare(provider: ReconcilableProvider, isOurs: boolean): Promise<void> {
    const running = [...supervisor.held.values()].filter(
      (worker) => worker.claim.providerId === provider.id && worker.phase === "running",
    );
    if (signal.aborted || (running.length === 0 && !isOurs)) return;
    try {
      const { provider: open } = await runtimes.get(provider.id);
      const found = await open.list(AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]));
      findMissing(running, found, options);
      if (isOurs) await settleStrays(provider.name, open, found, options);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, provider: provider.name }, "a provider could not say which workers it has");
      giveUpUnseen(provider, running);
    }
  }

  /** A provider that nobody can ask, and that has long been unhealthy, has lost its workers as far as anybody can tell. */
  function giveUpUnseen(provider: ReconcilableProvider, running: Parameters<typeof findMissing>[0]): void {
    if (provider.health !== "unhealthy" || provider.healthSeconds < options.lostAfterSeconds) return;
    const why = `${provider.name} has been unhealthy for ${Math.round(provider.healthSeconds)} s and cannot say whether it still runs`;
    findMissing(running, [], options, why);
  }

  /** Where the workers belong to a machine, each machine compares its own. */
  function leaseName({ id, providerType }: ReconcilableProvider): string {
    return perMachineTypes.includes(providerType) ? `reconcile:${id}:${hostname()}` : `reconcile:${id}`;
  }
}
