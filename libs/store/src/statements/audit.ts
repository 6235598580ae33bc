import type { Caller } from "../open-store.ts";
import type { Queryable } from "../queryable.ts";

/** A line of `audit_log`. */
export interface AuditEntry {
  id: number;
  at: Date;
  actor: string;
  source: string;
  action: string;
  target: string;
  result: string;
  message: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** Longer texts of a refused call are cut: whoever is refused may write what he likes. */
const LONGEST_TEXT = 1000;

/** Writes down a call that leaves no row which a trigger sees, or that was refused. */
export async function recordAudit(
  db: Queryable,
  caller: Caller,
  { action, target, result = "ok", message }: { action: string; target: string; result?: string; message?: string },
): Promise<void> {
  await db.query({
    text: "INSERT INTO audit_log (actor, source, action, target, result, message) VALUES ($1, $2, $3, $4, $5, $6)",
    values: [
      caller.name,
      caller.source,
      action,
      storable(target),
      result,
      message === undefined ? null : storable(message),
    ],
  });
}

/** Lines, newest first, at most `limit`. */
export async function readAudit(
  db: Queryable,
  {
    limit,
    since,
    actor,
    target,
  }: { limit: number; since?: Date | undefined; actor?: string | undefined; target?: string | undefined },
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>({
    text: `SELECT id, at, actor, source, action, target, result, message, before, after FROM audit_log
      WHERE ($2::timestamptz IS NULL OR at >= $2) AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR target = $4)
      ORDER BY id DESC LIMIT $1`,
    values: [limit, since ?? null, actor ?? null, target ?? null],
  });
  return rows;
}

/** PostgreSQL takes no NUL, and no half of a surrogate pair. */
function storable(text: string): string {
  return text.slice(0, LONGEST_TEXT).toWellFormed().replaceAll("\0", "\uFFFD");
}
