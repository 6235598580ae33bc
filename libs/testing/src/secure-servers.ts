import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import pg from "pg";
import { openPool } from "./open-pool.ts";
import { ownPostgres } from "./own-postgres.ts";
import { scratchDirectory } from "./scratch-directory.ts";
import type { ServiceName } from "./service-process.ts";
import type { TestDatabase } from "./test-database.ts";
import { type NatsConfiguration, type TestNats, testNats } from "./test-nats.ts";
import { waitFor } from "./wait-for.ts";

const DEPLOY = fileURLToPath(new URL("../../../deploy/", import.meta.url));

/** NATS and PostgreSQL as deploy/compose/secure.yml sets them up, without the containers: TLS, a user and a role for each service. */
export interface SecureServers extends AsyncDisposable {
  readonly nats: TestNats;
  /** As the owner of the tables, by TLS. */
  readonly database: TestDatabase;
  /** A connection as that user; `how` says what is otherwise about it. */
  natsAs(user: string, how?: { pass?: string; tls?: object }): Promise<NatsConnection & AsyncDisposable>;
  postgresAs(role: string, sslmode?: "verify-full" | "disable"): Promise<pg.Client & AsyncDisposable>;
  /** What a service, or the CLI as `cli`, is told. */
  environmentOf(name: ServiceName | "cli"): Record<string, string>;
}

export async function secureServers(): Promise<SecureServers> {
  await using stack = new AsyncDisposableStack();
  const secrets = stack.use(await scratchDirectory()).path;
  execFileSync(join(DEPLOY, "compose/make-secrets.sh"), [secrets], { stdio: "pipe" });
  const caFile = join(secrets, "ca.crt");
  const passwordOf = (name: string) => readFileSync(join(secrets, `${name}.password`), "utf8").trim();

  const nats = stack.use(await testNats(natsConfiguration(secrets)));
  const postgres = stack.use(await ownPostgres());
  const databaseUrl = (role: string, sslmode = "verify-full", password = "") => {
    const url = new URL(postgres.url);
    url.username = role;
    url.password = password;
    url.search = sslmode === "verify-full" ? `?sslmode=${sslmode}&sslrootcert=${caFile}` : `?sslmode=${sslmode}`;
    return url.href;
  };
  await turnOnTls(postgres, secrets, passwordOf);
  const password = new URL(postgres.url).password;
  writeFileSync(join(secrets, "postgres-hodei.pgpass"), `*:*:*:hodei:${password}\n`);
  const connectionString = databaseUrl("hodei", "verify-full", password);
  const pool = openPool(connectionString);
  stack.defer(() => pool.end());
  const database: TestDatabase = {
    url: connectionString,
    query: async (text, values) => (await pool.query(text, values)).rows,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await waitFor("PostgreSQL by TLS", () => database.query("SELECT 1"));

  const owned = stack.move();
  return {
    nats,
    database,
    async natsAs(user, { pass = passwordOf(`nats-${user}`), tls = { caFile } } = {}) {
      const connection = await connect({ servers: nats.url, user, pass, tls });
      return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
    },
    async postgresAs(role, sslmode) {
      const password = passwordOf(`postgres-${role}`);
      const client = new pg.Client({ connectionString: databaseUrl(role, sslmode, password) });
      await client.connect();
      return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
    },
    environmentOf(name) {
      const role = name === "cli" ? "hodei" : `hodei_${name}`;
      return {
        HODEI_DATABASE_URL: databaseUrl(role),
        PGPASSFILE: join(secrets, `postgres-${role}.pgpass`),
        HODEI_NATS_URL: nats.url.replace("nats:", "tls:"),
        HODEI_NATS_USER: name,
        HODEI_NATS_PASSWORD: `file:${join(secrets, `nats-${name}.password`)}`,
        HODEI_NATS_CA: caFile,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The files of deploy/nats with another port, another folder, and what this server's version knows. */
function natsConfiguration(secrets: string): NatsConfiguration {
  return async ({ port, directory }) => {
    cpSync(join(DEPLOY, "nats"), directory, { recursive: true });
    cpSync(join(secrets, "nats-passwords.conf"), join(directory, "secrets/passwords.conf"));
    const version = execFileSync("nats-server", ["--version"], { encoding: "utf8" });
    const jetstream = version.includes(" v2.9.") ? "jetstream-2.9.conf" : "jetstream.conf";
    replaceIn(join(directory, "nats.conf"), [
      ['"0.0.0.0:4222"', `"127.0.0.1:${port}"`],
      ['http: "0.0.0.0:8222"', ""],
      ['"jetstream.conf"', JSON.stringify(jetstream)],
    ]);
    replaceIn(join(directory, jetstream), [['"/data"', JSON.stringify(join(directory, "store"))]]);
    return {
      args: ["-c", join(directory, "secure.conf")],
      env: {
        HODEI_NATS_SERVER_CERT: join(secrets, "nats.crt"),
        HODEI_NATS_SERVER_KEY: join(secrets, "nats.key"),
      },
    };
  };
}

/** @throws when a text is not there: the file has changed, and what stands here no longer fits */
function replaceIn(path: string, replacements: readonly (readonly [string, string])[]): void {
  let text = readFileSync(path, "utf8");
  for (const [before, after] of replacements) {
    if (!text.includes(before)) throw new Error(`${path} does not hold ${before}`);
    text = text.replace(before, after);
  }
  writeFileSync(path, text);
}

async function turnOnTls(postgres: TestDatabase, secrets: string, passwordOf: (name: string) => string): Promise<void> {
  const [settings] = await postgres.query<{ data_directory: string }>("SHOW data_directory");
  const data = settings?.data_directory ?? "";
  const { uid, gid } = statSync(data);
  for (const name of ["postgres.crt", "postgres.key"]) {
    const copy = join(data, name);
    cpSync(join(secrets, name), copy);
    chmodSync(copy, 0o600);
    chownSync(copy, uid, gid);
    await postgres.query(`ALTER SYSTEM SET ${name.endsWith("key") ? "ssl_key_file" : "ssl_cert_file"} = '${copy}'`);
  }
  await postgres.query(readFileSync(join(DEPLOY, "postgres/roles.sql"), "utf8"));
  for (const role of ["hodei_registry", "hodei_selector", "hodei_health", "hodei_provisioner"])
    await postgres.query(`ALTER ROLE ${role} PASSWORD '${passwordOf(`postgres-${role}`)}'`);
  await postgres.query("ALTER SYSTEM SET ssl = on");
  cpSync(join(DEPLOY, "postgres/pg_hba.conf"), join(data, "pg_hba.conf"));
  await postgres.query("SELECT pg_reload_conf()");
}
