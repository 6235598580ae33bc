import type { CheckStep, HealthState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";
import type { DueCheck } from "./health-checks.ts";

/** What a check found and what follows. */
export interface CheckRecord {
  due: DueCheck;
  /** The instance that checked. */
  checkedBy: string;
  health: HealthState;
  code: string | null;
  cause: string | null;
  fix: string | null;
  detail: string | null;
  latencyMs: number;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
  recent: string;
  nextCheckSeconds: number;
  steps: readonly CheckStep[];
  certificateExpiresAt: Date | null;
  /** Discovered; `null` = leave what is there. */
  capabilities: Record<string, unknown> | null;
}

/** What came of writing it. */
export interface CheckOutcome {
  /** False when the claim is gone: reset by an operator, or taken over. */
  written: boolean;
  /** Health, code, status or capabilities are others than before. */
  changed: boolean;
  /** The others are to be told: something changed, or the last word is old. */
  tell: boolean;
}

const KEPT_CHECKS = 100;
/** Of a provider that does not change the others hear this often. */
const HEARTBEAT_SECONDS = 60;
/** Checks come up to this share early, so that providers checked together drift apart. */
const JITTER = 0.2;

/**
 * Writes a check's result, unless the claim is gone. Unhealthy takes the provider out of ACTIVE and recovery brings it back; what an
 * operator said is never overwritten. Run it in a transaction of the health service.
 */
export async function recordCheck(tx: Queryable, record: CheckRecord): Promise<CheckOutcome> {
  const { due } = record;
  // The provider's row first, as an operator's reset and a delete lock them: the other order could make one of them the victim.
  await tx.query({
    name: "lock-checked-provider",
    text: "SELECT 1 FROM provider_configs WHERE id = $1 FOR NO KEY UPDATE",
    values: [due.providerId],
  });
  const updated = await tx.query<{ is_changed: boolean; is_silent: boolean }>({
    name: "record-check",
    text: `UPDATE provider_health h
              SET health = $3, code = $4, cause = $5, fix = $6, detail = $7, latency_ms = $8, consecutive_failures = $9,
                  consecutive_successes = $10, recent = $11, steps = $12::jsonb, certificate_expires_at = $13, checked_generation = $14,
                  checked_at = now(), next_check_at = now() + make_interval(secs => $15 * (1 - ${JITTER} * random())),
                  health_since = CASE WHEN h.health = $3 THEN coalesce(h.health_since, now()) ELSE now() END,
                  told_at = CASE WHEN (h.health, h.code) IS DISTINCT FROM ($3, $4) OR o.is_silent THEN now() ELSE h.told_at END,
                  claimed_by = NULL, claim_expires_at = NULL
             FROM (SELECT provider_id, health, code,
                          told_at IS NULL OR told_at < now() - make_interval(secs => ${HEARTBEAT_SECONDS}) AS is_silent
                     FROM provider_health WHERE provider_id = $1) o
            WHERE h.provider_id = o.provider_id AND h.provider_id = $1 AND h.claimed_by = $2
           RETURNING (o.health, o.code) IS DISTINCT FROM ($3, $4) AS is_changed, o.is_silent`,
    values: [
      due.providerId,
      due.claimant,
      record.health,
      record.code,
      record.cause,
      record.fix,
      record.detail,
      record.latencyMs,
      record.consecutiveFailures,
      record.consecutiveSuccesses,
      record.recent,
      JSON.stringify(record.steps),
      record.certificateExpiresAt,
      due.generation,
      record.nextCheckSeconds,
    ],
  });
  const [row] = updated.rows;
  if (!row) return { written: false, changed: false, tell: false };
  const changes = (await writeStatus(tx, record)) + (await writeCapabilities(tx, record));
  await tx.query({
    name: "record-check-history",
    text: `WITH added AS (INSERT INTO provider_health_checks (provider_id, health, code, detail, latency_ms, begun_at, checked_by)
                          VALUES ($1, $2, $3, $4, $5, $6::timestamptz, $7))
           DELETE FROM provider_health_checks WHERE provider_id = $1 AND id <= (
             SELECT id FROM provider_health_checks WHERE provider_id = $1 ORDER BY id DESC OFFSET ${KEPT_CHECKS - 1} LIMIT 1)`,
    values: [
      due.providerId,
      record.health,
      record.code,
      record.detail,
      record.latencyMs,
      due.claimedAt,
      record.checkedBy,
    ],
  });
  const changed = row.is_changed || changes > 0;
  return { written: true, changed, tell: changed || row.is_silent };
}

async function writeStatus(tx: Queryable, { due, health, code, cause }: CheckRecord): Promise<number> {
  const { rowCount } = await tx.query({
    name: "record-check-status",
    text: `UPDATE provider_configs SET status = CASE WHEN $2 = 'unhealthy' THEN 'UNHEALTHY' ELSE 'ACTIVE' END,
                  status_reason = CASE WHEN $2 = 'unhealthy' THEN $3 END
            WHERE id = $1 AND ((status = 'ACTIVE' AND $2 = 'unhealthy') OR (status = 'UNHEALTHY' AND $2 IN ('healthy', 'degraded')))`,
    values: [due.providerId, health, [code, cause].filter(Boolean).join(": ")],
  });
  return rowCount ?? 0;
}

async function writeCapabilities(tx: Queryable, { due, capabilities }: CheckRecord): Promise<number> {
  if (!capabilities) return 0;
  const { rowCount } = await tx.query({
    name: "record-capabilities",
    text: "UPDATE provider_configs SET capabilities = $2::jsonb WHERE id = $1 AND capabilities IS DISTINCT FROM $2::jsonb",
    values: [due.providerId, JSON.stringify(capabilities)],
  });
  return rowCount ?? 0;
}
