import type { Pool } from "pg";

/** Vacuuming and statistics are left to autovacuum at its defaults, as they are for a user. */
export async function checkpoint(pool: Pool): Promise<void> {
  await pool.query("CHECKPOINT");
}
