import { type AuditEntry, readAudit } from "@hodei/store";
import { connectStore } from "../connect.ts";
import { UsageError } from "../errors.ts";
import { printJson, printTable } from "../print.ts";

interface AuditOptions {
  since?: string;
  actor?: string;
  target?: string;
  limit: string;
  json?: boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOST = 10_000;

/** `hodei audit`: who changed what. */
export async function showAudit({ since, actor, target, limit, json }: AuditOptions): Promise<void> {
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > MOST)
    throw new UsageError(`--limit "${limit}" is no count; write 1 to ${MOST}`);
  const from = since === undefined ? undefined : new Date(Date.now() - durationMs(since));
  await using store = await connectStore();
  const entries = await readAudit(store.pool, { limit: count, since: from, actor, target });
  if (json) printJson({ entries });
  else
    printTable(
      ["AT", "WHO", "FROM", "WHAT", "TARGET", "RESULT", "CHANGED"],
      entries.map((each) => [
        each.at.toISOString().replace(/\.\d+Z$/, "Z"),
        each.actor,
        each.source,
        each.action,
        each.target,
        each.result,
        changedIn(each),
      ]),
    );
}

function durationMs(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (Number.isNaN(ms)) throw new UsageError(`--since "${text}" is no duration; write for example 30m, 12h or 7d`);
  return ms;
}

/** Of an update each field as it was and is; long values are for --json. */
function changedIn({ before, after, message }: AuditEntry): string {
  if (!before || !after) return message ?? "";
  return Object.keys(after)
    .map((field) => `${field}: ${brief(before[field])} → ${brief(after[field])}`)
    .join(", ");
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 40 ? "…" : text;
}
