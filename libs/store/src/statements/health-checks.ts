import type { HealthState, ProviderStatus } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A provider whose check is due and now ours. */
export interface DueCheck {
  providerId: string;
  name: string;
  providerType: string;
  config: unknown;
  generation: number;
  status: ProviderStatus;
  health: HealthState;
  consecutiveFailures: number;
  consecutiveSuccesses: number;
  recent: string;
  /** Who holds this claim, and no other: a result is written for it only. */
  claimant: string;
  /** By the database's clock, to the microsecond. */
  claimedAt: string;
}

/** A number of `health_check_config`; what a plug-in's configuration holds there instead must stop nobody's checks. */
const setting = (key: string, fallback: number) =>
  `coalesce(CASE WHEN jsonb_typeof(p.config #> '{health_check_config,${key}}') = 'number'
                 THEN (p.config #>> '{health_check_config,${key}}')::float8 END, ${fallback})`;
const TIMEOUT = setting("timeout_seconds", 5);
const INTERVAL = setting("interval_seconds", 30);
/** A claim outlives its check by what is left of the interval, so that a checker that died delays a provider by no more than one. */
const CLAIM_SECONDS = `${TIMEOUT} + greatest(2, least(10, ${INTERVAL} - ${TIMEOUT}))`;
const CHECKED = "p.status <> 'DISABLED' AND p.config_errors = '[]'::jsonb";

/**
 * Gives each provider that can be checked its row, and makes those due whose configuration changed since their last check. The first
 * `atOnce` new ones are due now; of a whole fleet that appears at one stroke the rest is spread over an interval.
 */
export async function enrolProviders(db: Queryable, atOnce: number): Promise<void> {
  await db.query({
    name: "enrol-providers",
    text: `INSERT INTO provider_health (provider_id, next_check_at)
           SELECT n.id, now() + CASE WHEN n.place <= $1 THEN interval '0' ELSE make_interval(secs => random() * n.interval_seconds) END
             FROM (SELECT p.id, row_number() OVER (ORDER BY p.created_at DESC, p.id) AS place, ${INTERVAL} AS interval_seconds
                     FROM provider_configs p
                    WHERE p.status <> 'DISABLED' AND NOT EXISTS (SELECT 1 FROM provider_health h WHERE h.provider_id = p.id)) n
            ORDER BY n.id ON CONFLICT DO NOTHING`,
    values: [atOnce],
  });
  await db.query({
    name: "check-changed-providers",
    text: `UPDATE provider_health h SET next_check_at = now() FROM provider_configs p
            WHERE p.id = h.provider_id AND ${CHECKED} AND h.checked_generation <> p.generation AND h.next_check_at > now()
              AND h.claimed_by IS NULL`,
  });
}

const CLAIM = (due: string) => `
  WITH due AS MATERIALIZED (${due} FOR UPDATE OF h SKIP LOCKED)
  UPDATE provider_health h SET claimed_by = $1, claim_expires_at = now() + make_interval(secs => ${CLAIM_SECONDS})
    FROM due d JOIN provider_configs p ON p.id = d.provider_id
   WHERE h.provider_id = d.provider_id
  RETURNING h.provider_id, p.name, p.provider_type, p.config, p.generation, p.status, h.health, h.consecutive_failures,
            h.consecutive_successes, h.recent, h.claimed_by, now()::text AS claimed_at`;
const UNCLAIMED = "(h.claim_expires_at IS NULL OR h.claim_expires_at < now())";
const ROWS = "SELECT h.provider_id FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id";

/**
 * Claims up to `limit` due checks, each for its own timeout and a margin; rivals skip each other's rows (design §6). A provider whose
 * checker dies waits no longer than that.
 * @param claimant never used for another claim: a check that was reset by an operator must not be taken for the one after it
 */
export async function claimDueChecks(db: Queryable, claimant: string, limit: number): Promise<DueCheck[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "claim-due-checks",
    text: CLAIM(
      `${ROWS} WHERE h.next_check_at <= now() AND ${UNCLAIMED} AND ${CHECKED} ORDER BY h.next_check_at LIMIT $2`,
    ),
    values: [claimant, limit],
  });
  return rows.map(dueCheckOf);
}

/** Claims the check of one provider, due or not; `undefined` when it is not checked or somebody checks it at this moment. */
export async function claimCheck(db: Queryable, claimant: string, providerId: string): Promise<DueCheck | undefined> {
  const { rows } = await db.query<ClaimedRow>({
    name: "claim-check",
    text: CLAIM(`${ROWS} WHERE h.provider_id = $2 AND ${UNCLAIMED} AND ${CHECKED}`),
    values: [claimant, providerId],
  });
  return rows.map(dueCheckOf)[0];
}

interface ClaimedRow extends Record<string, unknown> {
  provider_id: string;
  name: string;
  provider_type: string;
  config: unknown;
  generation: number;
  status: ProviderStatus;
  health: HealthState;
  consecutive_failures: number;
  consecutive_successes: number;
  recent: string;
  claimed_by: string;
  claimed_at: string;
}

function dueCheckOf(row: ClaimedRow): DueCheck {
  return {
    providerId: row.provider_id,
    name: row.name,
    providerType: row.provider_type,
    config: row.config,
    generation: row.generation,
    status: row.status,
    health: row.health,
    consecutiveFailures: row.consecutive_failures,
    consecutiveSuccesses: row.consecutive_successes,
    recent: row.recent,
    claimant: row.claimed_by,
    claimedAt: row.claimed_at,
  };
}

/** Seconds until the next check is due, by the database's clock; `null` when nobody is to be checked. */
export async function secondsToNextCheck(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ seconds: number | null }>({
    name: "next-check",
    text: `SELECT extract(epoch FROM min(greatest(h.next_check_at, coalesce(h.claim_expires_at, h.next_check_at))) - now())::float8 AS seconds
             FROM provider_health h JOIN provider_configs p ON p.id = h.provider_id WHERE ${CHECKED}`,
  });
  return rows[0]?.seconds ?? null;
}
