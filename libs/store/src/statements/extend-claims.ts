import type { LiveWorkerState, TerminateReason } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A worker that is still ours and live. */
export interface HeldClaim {
  name: string;
  state: LiveWorkerState;
  terminateReason: TerminateReason | null;
}

/** Extends every live claim of this provisioner; who does not come back was settled, or taken over. */
export async function extendClaims(db: Queryable, claimant: string, seconds: number): Promise<HeldClaim[]> {
  const { rows } = await db.query<{ name: string; state: LiveWorkerState; terminate_reason: TerminateReason | null }>({
    name: "extend-claims",
    text: `UPDATE workers SET claim_expires_at = now() + make_interval(secs => $2)
            WHERE claimed_by = $1 AND is_live
           RETURNING name, state, terminate_reason`,
    values: [claimant, seconds],
  });
  return rows.map((row) => ({ name: row.name, state: row.state, terminateReason: row.terminate_reason }));
}

/** Hands claims back whose workers nobody here holds: the answer that gave them to us was lost. */
export async function releaseOrphans(db: Queryable, claimant: string, names: readonly string[]): Promise<void> {
  await db.query({
    name: "release-orphans",
    text: `UPDATE workers SET claim_expires_at = now() - interval '1 millisecond'
            WHERE claimed_by = $1 AND name = ANY ($2::text[]) AND is_live`,
    values: [claimant, names],
  });
}

/** Hands every live claim back, so that others take them over at once. */
export async function releaseClaims(db: Queryable, claimant: string): Promise<number> {
  const { rowCount } = await db.query({
    name: "release-claims",
    text: `UPDATE workers SET claim_expires_at = now() - interval '1 millisecond'
            WHERE claimed_by = $1 AND is_live`,
    values: [claimant],
  });
  return rowCount ?? 0;
}

/** Who holds live workers whose claim has not run out. */
export async function readClaimants(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ claimed_by: string }>({
    name: "read-claimants",
    text: `SELECT DISTINCT claimed_by FROM workers
            WHERE is_live AND claimed_by IS NOT NULL AND claim_expires_at > now()`,
  });
  return rows.map((row) => row.claimed_by);
}
