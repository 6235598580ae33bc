import type { CheckedProvider } from "@hodei/telemetry";
import type { Queryable } from "../queryable.ts";

/** Every provider's name, with what the last check saw of its certificates. */
export async function readCheckedProviders(db: Queryable): Promise<CheckedProvider[]> {
  const { rows } = await db.query<{ name: string; certificate_expires_at: Date | null }>({
    name: "read-checked-providers",
    text: `SELECT p.name, h.certificate_expires_at
             FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id`,
  });
  return rows.map((row) => ({ name: row.name, certificateExpiresAt: row.certificate_expires_at }));
}
