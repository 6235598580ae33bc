import { hostname } from "node:os";
import { isAlive, runLoop } from "@hodei/runtime";
import { type ClaimedWorker, type Queryable, readClaimants, releaseClaims, takeOverWorkers } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import type { ProviderRuntimes } from "../providers/provider-runtimes.ts";
import type { WorkerSupervisor } from "../workers/worker-supervisor.ts";

const AT_ONCE = 256;
const LIST_TIMEOUT_MS = 30_000;

/** Takes over what nobody has: reserved workers whose knock was lost, and workers whose provisioner is gone (design §5.1). */
export async function takeOver({
  db,
  supervisor,
  runtimes,
  instanceId,
  perMachineTypes,
  claimSeconds,
  sweepSeconds,
  lostAfterSeconds,
  logger,
  signal,
}: {
  db: Queryable;
  supervisor: WorkerSupervisor;
  runtimes: ProviderRuntimes;
  instanceId: string;
  /** Types whose workers only a provisioner on their own machine can see. */
  perMachineTypes: readonly string[];
  claimSeconds: number;
  sweepSeconds: number;
  lostAfterSeconds: number;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  await runLoop({
    name: "take over",
    signal,
    idleMs: sweepSeconds * 1000,
    onError: (error) => logger.error({ err: error }, "the sweep failed; it is tried again"),
    step: async () => {
      await freeClaimsOfTheDead();
      const claims = await takeOverWorkers(db, instanceId, {
        seconds: claimSeconds,
        patienceSeconds: sweepSeconds,
        limit: AT_ONCE,
        host: hostname(),
        perMachineTypes,
        lostAfterSeconds,
      });
      if (claims.length > 0) logger.info({ workers: claims.length }, "workers taken over");
      const byProvider = Map.groupBy(claims, (claim) => claim.providerId);
      for (const [providerId, group] of byProvider) {
        // Each provider for itself: one that hangs holds up no other.
        void adopt(providerId, group);
      }
      return claims.length === AT_ONCE;
    },
  });

  /** A process of this very machine that is no more needs no waiting for its claims to run out. */
  async function freeClaimsOfTheDead(): Promise<void> {
    const prefix = `${hostname()}:`;
    for (const claimant of await readClaimants(db)) {
      if (claimant === instanceId || !claimant.startsWith(prefix) || isAlive(claimant.slice(prefix.length))) continue;
      const freed = await releaseClaims(db, claimant);
      logger.info({ claimant, workers: freed }, "a provisioner of this machine is gone; its workers are taken over");
    }
  }

  async function adopt(providerId: string, claims: readonly ClaimedWorker[]): Promise<void> {
    const [fresh, running] = [
      claims.filter((claim) => claim.state !== "RUNNING"),
      claims.filter((claim) => claim.state === "RUNNING"),
    ];
    // A start finds and adopts a worker of that name, so starting again is safe.
    for (const claim of fresh) supervisor.take(claim);
    if (running.length === 0) return;
    try {
      const { provider } = await runtimes.get(providerId);
      const known = new Set((await provider.list(AbortSignal.timeout(LIST_TIMEOUT_MS))).map((handle) => handle.name));
      for (const claim of running) {
        if (known.has(claim.name)) supervisor.take(claim);
        else supervisor.lost(claim, provider.unlistedMeans ?? `${claim.providerName} does not know ${claim.name}`);
      }
    } catch (error) {
      // The claims run out and the next sweep asks again: a provider that does not answer has not lost its workers.
      logger.warn({ err: error, provider: claims[0]?.providerName }, "a provider could not say which workers it has");
    }
  }
}
