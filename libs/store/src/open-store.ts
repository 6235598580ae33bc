import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@hodei/telemetry";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { type ListenOptions, listen } from "./listen.ts";
import { measured, measurePool } from "./measured.ts";
import type { Queryable } from "./queryable.ts";
import { isRetryable, isUnreachable } from "./retryable.ts";
import * as schema from "./schema/index.ts";

/** Who writes (design §3.3): triggers treat everybody else as an operator. */
export type Actor = "registry" | "selector" | "health" | "provisioner" | "operator";

/** Who makes a change through the API, and from where: histories and the audit log say so. Never the name of a service. */
export interface Caller {
  name: string;
  source: string;
}

export interface StoreOptions {
  applicationName: string;
  /** Connections at most; default 8. */
  maxConnections?: number;
  /** How long to wait for PostgreSQL to come up, in seconds; default 60. */
  connectSeconds?: number;
  logger?: Logger;
  /**
   * For the hot statements: each is planned once for a connection, and every plan goes by indexes, so that none made while a table was small or
   * empty reads all of it. Planning anew was a third of the time of a batch of one.
   */
  steadyPlans?: boolean;
}

/** PostgreSQL, open. */
export interface Store extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly db: NodePgDatabase<typeof schema>;
  /** Runs `work` in one transaction as `actor`; deadlocks and serialisation failures are run again, five times at most. */
  transaction<T>(actor: Actor | Caller, work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Follows a NOTIFY channel on a connection of its own until the signal aborts; see `listen`. */
  listen(channel: string, options: Omit<ListenOptions, "databaseUrl" | "channel" | "logger">): Promise<void>;
}

const TRANSACTION_TRIES = 5;
/** A statement that takes longer than this is ended by the server: nothing of ours does. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** And one whose server does not even say that is given up here: a caller that waits for ever holds its messages for ever. */
const QUERY_TIMEOUT_MS = 45_000;

/** The first that a new connection is asked; one that refuses it is not handed out. The pool waits for it, which its types do not say. */
const STEADY_PLANS: Record<string, unknown> = {
  onConnect: (client: pg.ClientBase) =>
    client.query("SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan"),
};

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Opens the pool and waits for PostgreSQL to answer. @throws the connection error when it does not in time, or refuses us */
export async function openStore(databaseUrl: string, options: StoreOptions): Promise<Store> {
  const { logger } = options;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: options.applicationName,
    max: options.maxConnections ?? 8,
    connectionTimeoutMillis: 10_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    ...(options.steadyPlans && STEADY_PLANS),
  });
  // An idle connection that breaks is replaced by the pool; whoever queries next sees an outage, if there is one.
  pool.on("error", (error) => logger?.warn({ err: error }, "an idle PostgreSQL connection was lost"));
  measurePool(pool);
  try {
    await waitForPostgres(pool, (options.connectSeconds ?? 60) * 1000, logger);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    pool,
    db: drizzle(pool, { schema }),
    transaction: (actor, work) => transaction(pool, actor, work),
    listen: (channel, rest) => listen({ ...rest, databaseUrl, channel, ...(logger && { logger }) }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

async function waitForPostgres(pool: pg.Pool, patienceMs: number, logger: Logger | undefined): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let tries = 0; ; tries += 1) {
    try {
      await pool.query("SELECT 1");
      return;
    } catch (error) {
      if (!isUnreachable(error) || performance.now() > deadline) throw error;
      if (tries === 0) logger?.warn({ err: error }, "PostgreSQL does not answer yet; waiting for it");
      await sleep(Math.min(1000, 50 * 2 ** tries));
    }
  }
}

async function transaction<T>(pool: pg.Pool, actor: Actor | Caller, work: (tx: Queryable) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection that breaks between two statements says so by an event; unheard, it would end the process.
    const onLost = (error: Error) => {
      broken = error;
    };
    client.on("error", onLost);
    try {
      await client.query(beginAs(actor));
      const result = await work(measured(client));
      await client.query("COMMIT");
      return result;
    } catch (error) {
      // A connection that cannot even roll back is thrown away with its transaction.
      await client.query("ROLLBACK").catch((cause: unknown) => {
        broken = cause instanceof Error ? cause : new Error(String(cause));
      });
      if (!isRetryable(error) || tries === TRANSACTION_TRIES) throw error;
    } finally {
      client.off("error", onLost);
      client.release(broken);
    }
  }
}

/** One round trip, so the values stand in the text, as literals. */
function beginAs(actor: Actor | Caller): string {
  const { name, source } = typeof actor === "string" ? { name: actor, source: "" } : actor;
  return `BEGIN; SELECT set_config('hodei.actor', ${pg.escapeLiteral(name)}, true), set_config('hodei.source', ${pg.escapeLiteral(source)}, true)`;
}
