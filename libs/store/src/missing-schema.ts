import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { MIGRATIONS_DIRECTORY } from "./migrate.ts";
import type { Queryable } from "./queryable.ts";
import * as schema from "./schema/index.ts";

/** What the code needs and the database does not have, with the migration that brings it. */
export interface MissingSchema {
  columns: { table: string; column: string; file: string | undefined }[];
  indexes: { index: string; file: string | undefined }[];
}

/** Compares the database with what this version's code and migrations say; a table that is missing lacks all its columns. */
export async function missingSchema(db: Queryable): Promise<MissingSchema> {
  const files = await readMigrations();
  const columns = await db.query<{ name: string }>(
    "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = current_schema()",
  );
  const indexes = await db.query<{ name: string }>(
    "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema()",
  );
  const has = new Set([...columns.rows, ...indexes.rows].map((row) => row.name));
  return {
    columns: neededColumns()
      .filter(({ table, column }) => !has.has(`${table}.${column}`))
      .map((each) => ({ ...each, file: files.find(({ text }) => brings(text, each))?.name })),
    indexes: neededIndexes(files).filter(({ index }) => !has.has(index)),
  };
}

interface MigrationFile {
  name: string;
  text: string;
}

async function readMigrations(): Promise<MigrationFile[]> {
  const names = (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(MIGRATIONS_DIRECTORY, name), "utf8") })),
  );
}

function neededColumns(): { table: string; column: string }[] {
  return Object.values(schema).flatMap((table) => {
    const { name, columns } = getTableConfig(table as PgTable);
    return columns.map((column) => ({ table: name, column: column.name }));
  });
}

function brings(text: string, { table, column }: { table: string; column: string }): boolean {
  if (new RegExp(`CREATE TABLE IF NOT EXISTS ${table} \\(.*LIKE `).test(text)) return true;
  return (
    new RegExp(`\\b${table}\\b`).test(text) &&
    new RegExp(`^\\s*(.*ADD COLUMN IF NOT EXISTS )?${column} `, "m").test(text)
  );
}

/** As the files make and drop them, one after the other. */
function neededIndexes(files: readonly MigrationFile[]): MissingSchema["indexes"] {
  const needed = new Map<string, string>();
  for (const { name, text } of files) {
    for (const [, made, dropped] of text.matchAll(
      /CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+) ON|DROP INDEX (?:IF EXISTS )?(\w+(?:, \w+)*)/g,
    )) {
      if (made) needed.set(made, name);
      for (const index of dropped?.split(", ") ?? []) needed.delete(index);
    }
  }
  return [...needed].map(([index, file]) => ({ index, file }));
}
