import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findFreePort, unprivilegedUser } from "@hodei/local-cluster";
import { scratchDirectory, testDatabase, waitFor } from "@hodei/testing";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import pg from "pg";
import { expect, test } from "vitest";
import { MIGRATIONS_DIRECTORY, migrate, schema } from "../src/index.ts";

const FILES = readdirSync(MIGRATIONS_DIRECTORY)
  .filter((file) => file.endsWith(".sql"))
  .sort();
const POSTGRES_15 = "/usr/lib/postgresql/15/bin";

/** A PostgreSQL 15 of this test's own, from the system's packages. */
async function postgres15(): Promise<{ url: string } & AsyncDisposable> {
  const owner = unprivilegedUser();
  const directory = await scratchDirectory();
  const data = join(directory.path, "data");
  if (owner) chownSync(directory.path, owner.uid, owner.gid);
  const options = { cwd: "/", stdio: "ignore" as const, ...owner };
  execFileSync(join(POSTGRES_15, "initdb"), ["-D", data, "-U", "hodei", "-A", "trust"], options);
  const port = await findFreePort(26_432);
  const server = spawn(
    join(POSTGRES_15, "postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", data],
    options,
  );
  const url = `postgres://hodei@127.0.0.1:${port}/postgres`;
  await waitFor("PostgreSQL 15", async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.end();
    return true;
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}

interface Column {
  table: string;
  column: string;
  nullable: boolean;
  type: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  bigserial: "bigint",
  "varchar(100)": "character varying",
  timestamptz: "timestamp with time zone",
  "uuid[]": "ARRAY",
};

function drizzleColumns(): Column[] {
  return Object.values(schema).flatMap((table) => {
    const { name, columns } = getTableConfig(table as PgTable);
    return columns.map((column) => {
      const type = column.getSQLType();
      return { table: name, column: column.name, nullable: !column.notNull, type: TYPE_NAMES[type] ?? type };
    });
  });
}

async function migratedColumns(url: string): Promise<Column[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } =
    await client.query<Column>(`SELECT table_name AS table, column_name AS column, is_nullable = 'YES' AS nullable, data_type AS type
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
   WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, ordinal_position`);
  await client.end();
  return rows;
}

const byName = (a: Column, b: Column) => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1);

/** Migrates from empty, runs each file again by psql, and compares with the Drizzle schema in both directions. */
async function expectMigrates(url: string): Promise<void> {
  expect(await migrate(url)).toEqual(FILES.map((file) => file.replace(".sql", "")));
  expect(await migrate(url)).toEqual([]);
  for (const file of FILES) {
    execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", join(MIGRATIONS_DIRECTORY, file)], {
      stdio: "pipe",
    });
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("SELECT name FROM migrations ORDER BY applied_at DESC, name");
  expect(rows.length).toBe(FILES.length);
  await client.end();
  expect((await migratedColumns(url)).sort(byName)).toEqual(drizzleColumns().sort(byName));
}

test("the documented migration is one of the files", () => {
  expect(FILES).toContain("20260201140000_add_provider_filtering_columns.sql");
});

test("on PostgreSQL 18 the files migrate from empty, run again by psql, and agree with the Drizzle schema", async () => {
  await using database = await testDatabase({ empty: true });
  await expectMigrates(database.url);
});

test("on PostgreSQL 15 too", async () => {
  await using server = await postgres15();
  await expectMigrates(server.url);
});

test("psql alone migrates an empty database, and hodei then has nothing left to do", async () => {
  await using database = await testDatabase({ empty: true });
  for (const file of FILES)
    execFileSync(
      "psql",
      ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-f", join(MIGRATIONS_DIRECTORY, file)],
      { stdio: "pipe" },
    );
  expect(await migrate(database.url)).toEqual([]);
});
