import type { Bus } from "@hodei/bus";
import { HealthCheckConfig, type ProviderHealth, writeCapabilities } from "@hodei/contracts";
import { explainFailure } from "@hodei/diagnostics";
import type { CheckStep } from "@hodei/providers";
import { type CheckOutcome, type CheckRecord, type DueCheck, recordCheck, type Store } from "@hodei/store";
import { hideSecrets, type Logger, metrics } from "@hodei/telemetry";
import { judgeCheck } from "./judge-check.ts";
import type { CheckResult } from "./provider-checks.ts";

/** What a check needs of the service around it. */
export interface CheckTools {
  store: Store;
  bus: Bus;
  instanceId: string;
  announcer: { say(health: ProviderHealth): void };
  checks: { check(due: DueCheck, config: HealthCheckConfig): Promise<CheckResult> };
  logger: Logger;
}

/** One claimed check from the question to its record: asks, judges, writes, says. */
export async function performCheck(due: DueCheck, tools: CheckTools): Promise<CheckRecord> {
  const config = healthCheckConfigOf(due.config);
  const { found, latencyMs } = await tools.checks.check(due, config);
  metrics.observeHealthCheck(due.name, latencyMs / 1000);
  const judgement = judgeCheck(due, found, { latencyMs, at: new Date() }, config);
  const names = { provider: due.name, providerType: due.providerType, ...namespaceOf(due.config) };
  const advice = judgement.code ? explainFailure(judgement.code, names) : { cause: null, fix: null };
  const record: CheckRecord = {
    ...judgement,
    ...advice,
    // A vendor's words may quote what it was given.
    detail: judgement.detail === null ? null : hideSecrets(judgement.detail),
    due,
    checkedBy: tools.instanceId,
    latencyMs,
    steps: (found.steps ?? []).map(withoutSecrets),
    certificateExpiresAt: found.certificateExpiresAt ?? null,
    capabilities: found.capabilities ? writeCapabilities(found.capabilities) : null,
  };
  const outcome = await tools.store.transaction("health", (tx) => recordCheck(tx, record));
  if (outcome.written) log(record, tools.logger);
  if (outcome.tell) tools.announcer.say(wordOf(record, outcome));
  return record;
}

function withoutSecrets(step: CheckStep): CheckStep {
  return step.detail === undefined ? step : { ...step, detail: hideSecrets(step.detail) };
}

/** Read by itself: a plug-in's configuration has it too, and one that is not valid has the defaults. */
export function healthCheckConfigOf(config: unknown): HealthCheckConfig {
  const given = typeof config === "object" && config !== null && "health_check_config" in config;
  const parsed = HealthCheckConfig.safeParse(given ? config.health_check_config : {});
  return parsed.success ? parsed.data : HealthCheckConfig.parse({});
}

function namespaceOf(config: unknown): { namespace?: string } {
  const isNamed = typeof config === "object" && config !== null && "namespace" in config;
  return isNamed && typeof config.namespace === "string" ? { namespace: config.namespace } : {};
}

function log(record: CheckRecord, logger: Logger): void {
  const { due, health, code, cause, fix, detail, latencyMs } = record;
  const fields = { provider: due.name, health, code, detail, latency_ms: latencyMs };
  if (health === "healthy") logger.info(fields, `Health check passed for ${due.name}`);
  else logger.warn({ ...fields, cause, fix }, `Health check of ${due.name} found it ${health}`);
}

function wordOf(record: CheckRecord, { changed }: CheckOutcome): ProviderHealth {
  const { due, health, code, cause, fix, latencyMs, certificateExpiresAt } = record;
  return {
    provider_id: due.providerId,
    name: due.name,
    health,
    changed,
    at: new Date().toISOString(),
    latency_ms: latencyMs,
    ...(code && { code }),
    ...(cause && { cause }),
    ...(fix && { fix }),
    ...(certificateExpiresAt && { certificate_expires_at: certificateExpiresAt.toISOString() }),
  };
}
