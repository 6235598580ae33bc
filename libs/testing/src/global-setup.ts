import { findFreePort, findManaged, openHome, startPostgres, stopPostgres } from "@hodei/local-cluster";
import { migrate } from "@hodei/store";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { endWithParent } from "./end-with-parent.ts";
import { scratchDirectory } from "./scratch-directory.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's PostgreSQL, as its superuser. */
    postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test's database is cloned from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await scratchDirectory();
  const home = openHome(directory.path);
  // Two runs at once look for their ports at the same time, but not from the same one on.
  const port = await findFreePort(25_432 + (process.pid % 900));
  const { url } = await startPostgres(home, port, () => undefined);
  const callOff = endWithParent(findManaged(home, "postgres")?.pid ?? 0, { signal: "INT", folders: [directory.path] });
  await migrate(url);
  const admin = new pg.Client({ connectionString: databaseUrl(url, "postgres") });
  await admin.connect();
  await admin.query("ALTER DATABASE hodei RENAME TO template_hodei");
  await admin.end();
  project.provide("postgresUrl", databaseUrl(url, "postgres"));
  return async () => {
    const left = await databasesLeft(databaseUrl(url, "postgres"));
    await stopPostgres(home);
    callOff();
    await directory[Symbol.asyncDispose]();
    if (left > 0) throw new Error(`${left} databases were left by tests that did not dispose of them (await using)`);
  };
}

async function databasesLeft(server: string): Promise<number> {
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  const { rowCount } = await admin.query("SELECT 1 FROM pg_database WHERE datname LIKE 'test\\_%'");
  await admin.end();
  return rowCount ?? 0;
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
