import type { Pool } from "pg";

/** Without statistics a planner guesses, and a checkpoint of one turn would fall into the next. */
export async function tidyPostgres(pool: Pool): Promise<void> {
  await pool.query("VACUUM ANALYZE");
  await pool.query("CHECKPOINT");
}
