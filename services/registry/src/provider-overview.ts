import { type Store, schema } from "@hodei/store";
import { asc, eq } from "drizzle-orm";

/** `/health/providers`: every provider with its health, what is wrong and what to do. */
export async function providerOverview({ db }: Store) {
  const { providerConfigs: p, providerHealth: h } = schema;
  const providers = await db
    .select({
      id: p.id,
      name: p.name,
      provider_type: p.providerType,
      status: p.status,
      status_reason: p.statusReason,
      config_errors: p.configErrors,
      active_workers: p.activeWorkers,
      max_workers: p.maxWorkers,
      health: h.health,
      code: h.code,
      cause: h.cause,
      fix: h.fix,
      detail: h.detail,
      steps: h.steps,
      health_since: h.healthSince,
      certificate_expires_at: h.certificateExpiresAt,
      latency_ms: h.latencyMs,
      checked_at: h.checkedAt,
    })
    .from(p)
    .leftJoin(h, eq(h.providerId, p.id))
    .orderBy(asc(p.name));
  return { providers: providers.map((provider) => ({ ...provider, health: provider.health ?? "unknown" })) };
}
