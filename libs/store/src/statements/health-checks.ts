import type { HealthState, ProviderStatus } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A provider whose check is due and now ours. */
export interface DueCheck {
  providerId: string;
  name: string;
  providerType: string;
  config: unknown;
  status: ProviderStatus;
  health: HealthState;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
}

/** Gives each provider that can be checked its row; new ones are due at once. */
export async function enrolProviders(db: Queryable): Promise<void> {
  await db.query({
    name: "enrol-providers",
    text: `INSERT INTO provider_health (provider_id)
           SELECT p.id FROM provider_configs p
            WHERE p.status <> 'DISABLED' AND NOT EXISTS (SELECT 1 FROM provider_health h WHERE h.provider_id = p.id)
            ORDER BY p.id ON CONFLICT DO NOTHING`,
  });
}

/**
 * Claims up to `limit` due checks, each for its own timeout and `marginSeconds`; rivals skip each other's rows (design §6). A
 * provider whose checker dies waits no longer than that.
 */
export async function claimDueChecks(
  db: Queryable,
  claimant: string,
  limit: number,
  marginSeconds: number,
): Promise<DueCheck[]> {
  const { rows } = await db.query<{
    provider_id: string;
    name: string;
    provider_type: string;
    config: unknown;
    status: ProviderStatus;
    health: HealthState;
    consecutive_failures: number;
    consecutive_successes: number;
  }>({
    name: "claim-due-checks",
    text: `WITH due AS MATERIALIZED (
             SELECT h.provider_id FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id
              WHERE h.next_check_at <= now() AND (h.claim_expires_at IS NULL OR h.claim_expires_at < now())
                AND p.status <> 'DISABLED' AND p.config_errors = '[]'::jsonb
              ORDER BY h.next_check_at LIMIT $2 FOR UPDATE OF h SKIP LOCKED
           )
           UPDATE provider_health h SET claimed_by = $1, claim_expires_at = now() + make_interval(
                    secs => $3 + coalesce((p.config #>> '{health_check_config,timeout_seconds}')::float8, 5))
             FROM due d JOIN provider_configs p ON p.id = d.provider_id
            WHERE h.provider_id = d.provider_id
           RETURNING h.provider_id, p.name, p.provider_type, p.config, p.status, h.health, h.consecutive_failures, h.consecutive_successes`,
    values: [claimant, limit, marginSeconds],
  });
  return rows.map((row) => ({
    providerId: row.provider_id,
    name: row.name,
    providerType: row.provider_type,
    config: row.config,
    status: row.status,
    health: row.health,
    consecutiveFailures: row.consecutive_failures,
    consecutiveSuccesses: row.consecutive_successes,
  }));
}

/** What a check found and what follows. */
export interface CheckRecord {
  providerId: string;
  claimant: string;
  health: HealthState;
  code: string | null;
  cause: string | null;
  fix: string | null;
  detail: string | null;
  latencyMs: number;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
  nextCheckSeconds: number;
  /** Discovered; `null` = leave what is there. */
  capabilities: Record<string, unknown> | null;
}

const KEPT_CHECKS = 100;

/**
 * Writes a check's result, unless the claim is gone: reset by an operator, or taken over. Unhealthy takes the provider out of ACTIVE and
 * recovery brings it back; what an operator said is never overwritten. Run it in a transaction of the health service.
 * @returns whether it was written, and whether the provider's row changed by it: its status or its capabilities
 */
export async function recordCheck(
  tx: Queryable,
  record: CheckRecord,
): Promise<{ written: boolean; providerChanged: boolean }> {
  const updated = await tx.query({
    name: "record-check",
    text: `UPDATE provider_health SET health = $3, code = $4, cause = $5, fix = $6, detail = $7, latency_ms = $8, consecutive_failures = $9,
                  consecutive_successes = $10, checked_at = now(),
                  health_since = CASE WHEN health = $3 THEN coalesce(health_since, now()) ELSE now() END, next_check_at = now() + make_interval(secs => $11),
                  claimed_by = NULL, claim_expires_at = NULL
            WHERE provider_id = $1 AND claimed_by = $2`,
    values: [
      record.providerId,
      record.claimant,
      record.health,
      record.code,
      record.cause,
      record.fix,
      record.detail,
      record.latencyMs,
      record.consecutiveFailures,
      record.consecutiveSuccesses,
      record.nextCheckSeconds,
    ],
  });
  if (updated.rowCount !== 1) return { written: false, providerChanged: false };
  const status = await tx.query({
    name: "record-check-status",
    text: `UPDATE provider_configs SET status = CASE WHEN $2 = 'unhealthy' THEN 'UNHEALTHY' ELSE 'ACTIVE' END,
                  status_reason = CASE WHEN $2 = 'unhealthy' THEN $3 END
            WHERE id = $1 AND ((status = 'ACTIVE' AND $2 = 'unhealthy') OR (status = 'UNHEALTHY' AND $2 IN ('healthy', 'degraded')))`,
    values: [record.providerId, record.health, [record.code, record.cause].filter(Boolean).join(": ")],
  });
  let discovered: number | null = 0;
  if (record.capabilities) {
    const capabilities = await tx.query({
      name: "record-capabilities",
      text: "UPDATE provider_configs SET capabilities = $2::jsonb WHERE id = $1 AND capabilities IS DISTINCT FROM $2::jsonb",
      values: [record.providerId, JSON.stringify(record.capabilities)],
    });
    discovered = capabilities.rowCount;
  }
  await tx.query({
    name: "record-check-history",
    text: `WITH added AS (INSERT INTO provider_health_checks (provider_id, health, code, detail, latency_ms) VALUES ($1, $2, $3, $4, $5))
           DELETE FROM provider_health_checks WHERE provider_id = $1 AND id <= (
             SELECT id FROM provider_health_checks WHERE provider_id = $1 ORDER BY id DESC OFFSET ${KEPT_CHECKS - 1} LIMIT 1)`,
    values: [record.providerId, record.health, record.code, record.detail, record.latencyMs],
  });
  return { written: true, providerChanged: (status.rowCount ?? 0) + (discovered ?? 0) > 0 };
}

/** Seconds until the next check is due, by the database's clock; `null` when nobody is to be checked. */
export async function secondsToNextCheck(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ seconds: number | null }>({
    name: "next-check",
    text: `SELECT extract(epoch FROM min(greatest(h.next_check_at, coalesce(h.claim_expires_at, h.next_check_at))) - now())::float8 AS seconds
             FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id
            WHERE p.status <> 'DISABLED' AND p.config_errors = '[]'::jsonb`,
  });
  return rows[0]?.seconds ?? null;
}
