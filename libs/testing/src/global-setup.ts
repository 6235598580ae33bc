import { findFreePort, openHome, startPostgres, stopPostgres } from "@hodei/local-cluster";
import { migrate } from "@hodei/store";
import pg from "pg";
import type { TestProject } from "vitest/node";
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
  const { url } = await startPostgres(home, await findFreePort(25_432), () => undefined);
  await migrate(url);
  const admin = new pg.Client({ connectionString: databaseUrl(url, "postgres") });
  await admin.connect();
  await admin.query("ALTER DATABASE hodei RENAME TO template_hodei");
  await admin.end();
  project.provide("postgresUrl", databaseUrl(url, "postgres"));
  return async () => {
    await stopPostgres(home);
    await directory[Symbol.asyncDispose]();
  };
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
