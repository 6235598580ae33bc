import type { Bus } from "@hodei/bus";
import {
  HealthCheckConfig,
  type ProviderHealth,
  parseProviderConfig,
  SUBJECTS,
  writeCapabilities,
} from "@hodei/contracts";
import { explainFailure } from "@hodei/diagnostics";
import { makeWake, runLoop } from "@hodei/runtime";
import {
  claimDueChecks,
  type DueCheck,
  enrolProviders,
  recordCheck,
  type Store,
  secondsToNextCheck,
} from "@hodei/store";
import { type Logger, metrics } from "@hodei/telemetry";
import { judgeCheck } from "./judge-check.ts";
import { runCheck } from "./run-check.ts";

/** Checks under way at once in one instance: a hung provider costs one of them and no more. */
const AT_ONCE = 32;
/** A claim outlives the check's own timeout by this. */
const CLAIM_MARGIN_SECONDS = 10;
const NET_MS = 5_000;

/** Runs due checks, each claimed in the database, so that any number of instances share the work (design §6). */
export async function checkProviders(options: {
  store: Store;
  bus: Bus;
  instanceId: string;
  clusterId: string;
  home: string;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { store, bus, instanceId, logger, signal } = options;
  const wake = makeWake();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let isChanged = true;
  let enrolAt = 0;
  bus.subscribe(
    SUBJECTS.providerChanged,
    () => {
      isChanged = true;
      wake.wake();
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  await runLoop({
    name: "health checks",
    signal,
    idleMs: NET_MS,
    wake,
    onError: (error) => logger.error({ err: error }, "health checks could not be claimed; it is tried again"),
    step: async () => {
      if (isChanged || performance.now() >= enrolAt) {
        isChanged = false;
        enrolAt = performance.now() + NET_MS;
        await enrolProviders(store.pool);
      }
      const free = AT_ONCE - running.size;
      const due = free > 0 ? await claimDueChecks(store.pool, instanceId, free, CLAIM_MARGIN_SECONDS) : [];
      for (const check of due) begin(check);
      clearTimeout(timer);
      const seconds = await secondsToNextCheck(store.pool);
      if (seconds !== null && seconds * 1000 < NET_MS)
        timer = setTimeout(() => wake.wake(), Math.max(50, seconds * 1000));
      return false;
    },
  });
  await Promise.all(running);

  function begin(due: DueCheck): void {
    const work = check(due)
      .catch((error: unknown) =>
        logger.error({ err: error, provider: due.name }, "a health check could not be recorded"),
      )
      .finally(() => {
        running.delete(work);
        wake.wake();
      });
    running.add(work);
  }

  async function check(due: DueCheck): Promise<void> {
    const config = healthCheckConfigOf(due);
    const { found, latencyMs } = await runCheck(due, config, options);
    metrics.healthCheckSeconds.observe({ provider: due.name }, latencyMs / 1000);
    const judgement = judgeCheck(due, found, latencyMs, config);
    const advice = judgement.code ? explainFailure(judgement.code, { provider: due.name }) : { cause: null, fix: null };
    const { written, providerChanged } = await store.transaction("health", (tx) =>
      recordCheck(tx, {
        ...judgement,
        ...advice,
        providerId: due.providerId,
        claimant: instanceId,
        latencyMs,
        capabilities: found.capabilities ? writeCapabilities(found.capabilities) : null,
      }),
    );
    if (!written) return;
    const fields = {
      provider: due.name,
      health: judgement.health,
      code: judgement.code,
      detail: judgement.detail,
      latency_ms: latencyMs,
    };
    if (judgement.health === "healthy") logger.info(fields, `Health check passed for ${due.name}`);
    else logger.warn({ ...fields, ...advice }, `Health check of ${due.name} found it ${judgement.health}`);
    if (providerChanged || judgement.health !== due.health)
      await tell(due, judgement.health, { ...judgement, ...advice, latencyMs });
  }

  async function tell(
    due: DueCheck,
    health: ProviderHealth["health"],
    {
      code,
      cause,
      fix,
      latencyMs,
    }: { code: string | null; cause: string | null; fix: string | null; latencyMs: number },
  ): Promise<void> {
    const at = new Date().toISOString();
    const body: ProviderHealth = {
      provider_id: due.providerId,
      name: due.name,
      health,
      at,
      latency_ms: latencyMs,
      ...(code && { code }),
      ...(cause && { cause }),
      ...(fix && { fix }),
    };
    await bus.publish([{ subject: SUBJECTS.providerHealth, messageId: `${due.providerId}.${at}`, body }]);
  }
}

function healthCheckConfigOf(due: DueCheck): HealthCheckConfig {
  const parsed = parseProviderConfig(due.providerType, due.config);
  return (parsed.ok ? parsed.config.health_check_config : undefined) ?? HealthCheckConfig.parse({});
}
