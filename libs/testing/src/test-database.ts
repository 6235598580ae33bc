import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { databaseUrl } from "./global-setup.ts";
import { openPool } from "./open-pool.ts";
import { waitFor } from "./wait-for.ts";

/** A migrated database of this test's own. */
export interface TestDatabase extends AsyncDisposable {
  url: string;
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** Clones the run's template, or makes an empty database. */
export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `test_${randomBytes(6).toString("hex")}`;
  const template = empty ? "template0" : "template_hodei";
  await onServer(server, async (admin) => {
    // Two clones at once make PostgreSQL refuse one: the template must have no other user.
    await waitFor("the template to be free", async () => {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return true;
    });
  });
  const url = databaseUrl(server, name);
  const pool = openPool(url);
  return {
    url,
    query: async (text, values) => (await pool.query(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await onServer(server, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function onServer(server: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
