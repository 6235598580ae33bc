import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

/** Where the migrations of this checkout lie. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL("../../../migrations/core", import.meta.url));

/** Any number, as long as every migrating process takes the same one. */
const LOCK_KEY = 4_873_001;

/**
 * Runs the migration files that this database does not know yet, oldest first, one process at a time. Each file is its own
 * transaction and records itself, so that `psql -f` does the same (docs/decisions/0003).
 * @returns the names of the files that ran
 */
export async function migrate(databaseUrl: string, directory = MIGRATIONS_DIRECTORY): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "hodei-migrate" });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK_KEY]);
    const pending = await pendingMigrations(client, directory);
    for (const name of pending) {
      try {
        await client.query(await readFile(join(directory, `${name}.sql`), "utf8"));
      } catch (error) {
        throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
    return pending;
  } finally {
    await client.end();
  }
}

/** Names of the files that did not run here yet, oldest first. */
export async function pendingMigrations(
  db: pg.ClientBase | pg.Pool,
  directory = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  const known = await db.query<{ known: boolean }>("SELECT to_regclass('migrations') IS NOT NULL AS known");
  const applied = known.rows[0]?.known ? await db.query<{ name: string }>("SELECT name FROM migrations") : { rows: [] };
  const names = new Set(applied.rows.map((row) => row.name));
  return files.map((file) => file.slice(0, -".sql".length)).filter((name) => !names.has(name));
}
