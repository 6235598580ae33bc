import type { Queryable } from "../queryable.ts";

/** Providers that take jobs and keep workers warm, by id. */
export async function readWarmProviders(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM provider_configs
     WHERE status = 'ACTIVE' AND config_errors = '[]'::jsonb AND jsonb_typeof(config -> 'warm_workers') = 'number'
       AND config ->> 'warm_workers' <> '0'`,
  );
  return rows.map(({ id }) => id);
}
