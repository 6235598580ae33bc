import type { Queryable } from "../queryable.ts";

/** Takes or extends a named lease by the database's clock; true when `holder` has it now (design §5.1). */
export async function takeLease(db: Queryable, name: string, holder: string, seconds: number): Promise<boolean> {
  return (await takeLeases(db, [name], holder, seconds)).has(name);
}

/** Takes or extends those of the leases that nobody else has. @returns the names that `holder` has now */
export async function takeLeases(
  db: Queryable,
  names: readonly string[],
  holder: string,
  seconds: number,
): Promise<Set<string>> {
  const { rows } = await db.query<{ name: string }>({
    name: "take-leases",
    text: `INSERT INTO leases (name, holder, expires_at)
           SELECT n, $2, now() + make_interval(secs => $3) FROM unnest($1::text[]) AS n ORDER BY n
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE leases.holder = excluded.holder OR leases.expires_at < now()
           RETURNING name`,
    values: [names, holder, seconds],
  });
  return new Set(rows.map((row) => row.name));
}

/** Forgets leases that nobody has wanted for a day: those of providers that are gone. */
export async function trimLeases(db: Queryable): Promise<void> {
  await db.query({ name: "trim-leases", text: "DELETE FROM leases WHERE expires_at < now() - interval '1 day'" });
}
