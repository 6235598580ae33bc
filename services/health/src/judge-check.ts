import type { HealthCheckConfig, HealthState } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { Health } from "@hodei/providers";

/** What was known before a check. */
export interface HealthHistory {
  health: HealthState;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
}

/** What is known after it, and when to look again. */
export interface Judgement extends HealthHistory {
  code: FailureCode | null;
  detail: string | null;
  nextCheckSeconds: number;
}

/** A change of mind is confirmed after 1 s, 2 s, 4 s …, not after a whole interval (design §6). */
function recheckSeconds(count: number, config: HealthCheckConfig): number {
  return Math.min(2 ** (count - 1), config.intervalSeconds);
}

/**
 * Judges one check in the light of those before it: a fault that forbids work counts at once, silence only when it is repeated, and a
 * provider that was out comes back only after several good answers. Pure.
 */
export function judgeCheck(
  before: HealthHistory,
  found: Health,
  latencyMs: number,
  config: HealthCheckConfig,
): Judgement {
  if (found.state === "unhealthy") return failed(before, found, config, true);
  if (found.needsConfirmation)
    return failed(before, found, config, before.consecutiveFailures + 1 >= config.failureThreshold);
  const successes = before.consecutiveSuccesses + 1;
  const isOut = before.health === "unhealthy" && successes < config.successThreshold;
  if (isOut) {
    return {
      health: "unhealthy",
      code: found.code ?? null,
      detail: `answers again; ${successes} of ${config.successThreshold} good checks`,
      consecutiveFailures: 0,
      consecutiveSuccesses: successes,
      nextCheckSeconds: recheckSeconds(successes, config),
    };
  }
  const isSlow = latencyMs > config.timeoutSeconds * 500;
  return {
    health: found.state === "degraded" || isSlow ? "degraded" : "healthy",
    code: found.code ?? (isSlow ? "SLOW_ANSWERS" : null),
    detail: found.detail ?? (isSlow ? `answered in ${Math.round(latencyMs)} ms, more than half of the timeout` : null),
    consecutiveFailures: 0,
    consecutiveSuccesses: successes,
    nextCheckSeconds: config.intervalSeconds,
  };
}

function failed(before: HealthHistory, found: Health, config: HealthCheckConfig, isOut: boolean): Judgement {
  const failures = before.consecutiveFailures + 1;
  const isConfirmed = isOut || before.health === "unhealthy";
  return {
    health: isConfirmed ? "unhealthy" : "degraded",
    code: found.code ?? "PROVIDER_ERROR",
    detail: found.detail ?? null,
    consecutiveFailures: failures,
    consecutiveSuccesses: 0,
    nextCheckSeconds: isConfirmed ? config.intervalSeconds : recheckSeconds(failures, config),
  };
}
