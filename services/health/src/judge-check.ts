import type { HealthCheckConfig, HealthState } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { Health } from "@hodei/providers";
import { changesIn, isFlapping, remember } from "./is-flapping.ts";

/** What was known before a check. */
export interface HealthHistory {
  health: HealthState;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
  /** The last checks, newest last: `+` answered, `-` did not. */
  recent: string;
}

/** What is known after it, and when to look again. */
export interface Judgement extends HealthHistory {
  code: FailureCode | null;
  detail: string | null;
  nextCheckSeconds: number;
}

/** When and how quickly the provider answered. */
export interface Answered {
  latencyMs: number;
  at: Date;
}

/** A certificate is warned of this long before its end (design §6). */
const CERTIFICATE_DAYS = 14;
const DAY_MS = 86_400_000;

/** A change of mind is confirmed after 1 s, 2 s, 4 s …, not after a whole interval (design §6). */
function recheckSeconds(count: number, config: HealthCheckConfig): number {
  return Math.min(2 ** (count - 1), config.intervalSeconds);
}

/**
 * Judges one check in the light of those before it: a fault that forbids work counts at once, silence only when it is repeated, and a
 * provider that was out comes back only after several good answers. One that flips takes twice as many of either. Pure.
 */
export function judgeCheck(
  before: HealthHistory,
  found: Health,
  answered: Answered,
  config: HealthCheckConfig,
): Judgement {
  const isSilent = found.state === "unhealthy" || found.needsConfirmation === true;
  const recent = remember(before.recent, !isSilent);
  const patience = isFlapping(recent) ? 2 : 1;
  if (isSilent) {
    const failures = before.consecutiveFailures + 1;
    const isOut =
      found.state === "unhealthy" || before.health === "unhealthy" || failures >= config.failureThreshold * patience;
    return {
      health: isOut ? "unhealthy" : "degraded",
      code: found.code ?? "PROVIDER_ERROR",
      detail: found.detail ?? null,
      consecutiveFailures: failures,
      consecutiveSuccesses: 0,
      recent,
      nextCheckSeconds: isOut ? config.intervalSeconds : recheckSeconds(failures, config),
    };
  }
  const successes = before.consecutiveSuccesses + 1;
  const needed = config.successThreshold * patience;
  const common = { consecutiveFailures: 0, consecutiveSuccesses: successes, recent };
  if (before.health === "unhealthy" && successes < needed) {
    return {
      ...common,
      health: "unhealthy",
      code: found.code ?? null,
      detail: `answers again; ${successes} of ${needed} good checks`,
      nextCheckSeconds: recheckSeconds(successes, config),
    };
  }
  const lack = lackOf(found, answered, recent, config);
  return {
    ...common,
    health: lack ? "degraded" : "healthy",
    code: lack?.code ?? found.code ?? null,
    detail: lack?.detail ?? found.detail ?? null,
    nextCheckSeconds: config.intervalSeconds,
  };
}

/** What keeps a provider that works from being healthy: the first of what is missing, changing, ending or slow. */
function lackOf(
  found: Health,
  { latencyMs, at }: Answered,
  recent: string,
  config: HealthCheckConfig,
): { code: FailureCode; detail: string | null } | undefined {
  if (found.state === "degraded") return { code: found.code ?? "PROVIDER_ERROR", detail: found.detail ?? null };
  if (isFlapping(recent)) {
    const detail = `answers, but changed ${changesIn(recent)} times in its last ${recent.length} checks`;
    return { code: "FLAPPING", detail };
  }
  const days = found.certificateExpiresAt && (found.certificateExpiresAt.getTime() - at.getTime()) / DAY_MS;
  if (days !== undefined && days < CERTIFICATE_DAYS) {
    const date = found.certificateExpiresAt?.toISOString();
    return { code: "CERTIFICATE_EXPIRING", detail: `a certificate ends at ${date}, in ${Math.floor(days)} days` };
  }
  if (latencyMs > config.timeoutSeconds * 500) {
    const detail = `answered in ${Math.round(latencyMs)} ms, more than half of the timeout of ${config.timeoutSeconds} s`;
    return { code: "SLOW_ANSWERS", detail };
  }
  return undefined;
}
