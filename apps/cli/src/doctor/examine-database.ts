import { shellWord } from "@hodei/placement";
import { MIGRATIONS_DIRECTORY, missingSchema, openStore, pendingMigrations, type Store } from "@hodei/store";
import { advised, type Finding } from "./finding.ts";

/** Opens the database as every command does, or says why that cannot be. */
export async function openDatabase(url: string): Promise<{ store: Store } | { finding: Finding }> {
  try {
    return {
      store: await openStore(url, { applicationName: "hodei-doctor", maxConnections: 2, connectSeconds: 2 }),
    };
  } catch (error) {
    return { finding: connectionFinding(url, error) };
  }
}

const CREDENTIALS = new Set(["28P01", "28000", "3D000", "ENOTFOUND", "EAI_AGAIN"]);

function connectionFinding(url: string, error: unknown): Finding {
  const reason = error instanceof Error ? error.message || error.name : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const finding = {
    area: "database",
    severity: "problem",
    text: `PostgreSQL at ${placeOf(url)} cannot be used: ${reason || code}`,
  } as const;
  if (CREDENTIALS.has(code) || /SASL|password/i.test(reason)) {
    return advised("CONNECTION_STRING", {
      ...finding,
      commands: ["hodei env", `psql ${shellWord(placeOf(url))} -c 'SELECT 1'`],
    });
  }
  return {
    ...finding,
    cause: "nothing answers there: the server is stopped, or its address is another",
    fix: "start it, or set HODEI_DATABASE_URL to where it is; a local cluster is started with hodei up",
    commands: ["hodei up", "hodei logs postgres"],
    advice: ["CONNECTION_STRING"],
  };
}

/** An address without its password. */
export function placeOf(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^@/]*@/, "$1@");
}

/** The schema: migrated, whole, with its indexes. */
export async function* examineSchema({ pool }: Store): AsyncGenerator<Finding> {
  const begun = performance.now();
  const { rows } = await pool.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  const ms = Math.round(performance.now() - begun);
  yield { area: "database", severity: "ok", text: `PostgreSQL ${rows[0]?.version ?? ""} answers in ${ms} ms` };
  const pending = await pendingMigrations(pool);
  if (pending.length > 0) {
    yield advised("MIGRATION_MISSING", {
      area: "database",
      severity: "problem",
      text: `${pending.length} migrations have not run here: ${pending.join(", ")}`,
      commands: ["hodei migrate"],
    });
    return;
  }
  const { columns, indexes } = await missingSchema(pool);
  if (columns.length > 0) {
    const files = [...new Set(columns.flatMap(({ file }) => file ?? []))];
    yield advised("MIGRATION_MISSING", {
      area: "database",
      severity: "problem",
      text: `the migrations are recorded, but columns are missing: ${columns.map(({ table, column }) => `${table}.${column}`).join(", ")}`,
      commands: files.map((file) => `psql -f ${shellWord(`${MIGRATIONS_DIRECTORY}/${file}`)}`),
    });
  }
  if (indexes.length > 0) {
    yield advised("SELECTION_SLOW", {
      area: "database",
      severity: "warning",
      text: `indexes are missing, so placement gets slow as the tables grow: ${indexes.map(({ index }) => index).join(", ")}`,
      commands: [...new Set(indexes.map(({ file }) => `psql -f ${shellWord(`${MIGRATIONS_DIRECTORY}/${file}`)}`))],
    });
  }
  if (columns.length === 0 && indexes.length === 0)
    yield { area: "database", severity: "ok", text: "migrated: every column and index is there" };
}
