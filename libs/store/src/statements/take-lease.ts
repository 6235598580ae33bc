import type { Queryable } from "../queryable.ts";

/** Takes or extends a named lease by the database's clock; true when `holder` has it now (design §5.1). */
export async function takeLease(db: Queryable, name: string, holder: string, seconds: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "take-lease",
    text: `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE leases.holder = excluded.holder OR leases.expires_at < now()`,
    values: [name, holder, seconds],
  });
  return rowCount === 1;
}
