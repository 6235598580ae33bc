import { join } from "node:path";
import type { HealthCheckConfig } from "@hodei/contracts";
import { type Health, openProvider } from "@hodei/providers";
import type { DueCheck } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

/** Asks a provider how it is; one that does not answer in time is a finding, never a hang. */
export async function runCheck(
  due: DueCheck,
  config: HealthCheckConfig,
  { clusterId, home, logger }: { clusterId: string; home: string; logger: Logger },
): Promise<{ found: Health; latencyMs: number }> {
  const begun = performance.now();
  const signal = AbortSignal.timeout(config.timeoutSeconds * 1000);
  const late = Promise.withResolvers<Health>();
  const detail = `no answer within ${config.timeoutSeconds} s`;
  const answerLate = () => late.resolve({ state: "degraded", code: "UNREACHABLE", detail, needsConfirmation: true });
  signal.addEventListener("abort", answerLate, { once: true });
  try {
    const found = await Promise.race([ask(), late.promise]);
    return { found, latencyMs: performance.now() - begun };
  } catch (error) {
    const found: Health = {
      state: "unhealthy",
      code: "PROVIDER_ERROR",
      detail: error instanceof Error ? error.message : String(error),
    };
    return { found, latencyMs: performance.now() - begun };
  } finally {
    signal.removeEventListener("abort", answerLate);
  }

  async function ask(): Promise<Health> {
    await using provider = await openProvider(due.providerType, due.config, {
      providerId: due.providerId,
      providerName: due.name,
      clusterId,
      stateDirectory: join(home, "providers", due.providerId),
      logger,
    });
    return await provider.check(signal);
  }
}
