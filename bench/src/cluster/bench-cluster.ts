import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterStatus, openHome, startCluster, stopCluster } from "@hodei/local-cluster";
import { connect, type NatsConnection } from "nats";
import pg from "pg";

const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

/** A cluster of the benchmark's own: real PostgreSQL and nats-server at their durable defaults, one process per service. */
export interface BenchCluster extends AsyncDisposable {
  readonly db: pg.Pool;
  readonly databaseUrl: string;
  /** What a further service of this cluster is told by its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly nats: NatsConnection;
  readonly databaseVersion: string;
  /** Process ids by name: postgres, nats and the four services. */
  readonly pids: ReadonlyMap<string, number>;
  /** Registers providers and waits until they take part in placement. */
  addProviders(rows: readonly { name: string; config: { type: string }; maxWorkers: number }[]): Promise<void>;
}

export async function openBenchCluster(say: (line: string) => void): Promise<BenchCluster> {
  process.env["HODEI_LOG_LEVEL"] ??= "warn";
  const path = await mkdtemp(join(tmpdir(), "hodei-bench-"));
  // PostgreSQL does not run as root, and its own user has to reach its data.
  await chmod(path, 0o755);
  const home = openHome(path);
  await using stack = new AsyncDisposableStack();
  const starting = startCluster(home, say);
  const end = async () => {
    // What is half started cannot be stopped; that it failed is told below.
    await starting.catch(() => undefined);
    await stopCluster(home);
    await rm(path, { recursive: true, force: true });
  };
  stack.defer(end);
  stack.use(onInterrupt(end));
  const { databaseUrl, natsUrl } = await starting;
  const db = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  // An idle connection that breaks is seen by who next asks; without a listener it would end this process, and leave the cluster running.
  db.on("error", (error) => say(`PostgreSQL: ${error.message}`));
  stack.defer(() => db.end());
  const nats = await connect({ servers: natsUrl, noAsyncTraces: true });
  stack.defer(() => nats.close());
  const { rows } = await db.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  const status = await clusterStatus(home);
  // A fleet of its own, with nothing else in it.
  await db.query("DELETE FROM provider_configs");
  const owned = stack.move();
  return {
    db,
    databaseUrl,
    env: {
      HODEI_DATABASE_URL: databaseUrl,
      HODEI_NATS_URL: natsUrl,
      HODEI_HOME: home.path,
      HODEI_ALLOW_SIMULATED: "1",
    },
    nats,
    databaseVersion: rows[0]?.version ?? "unknown",
    pids: new Map(status.flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid] as const]))),
    async addProviders(providers) {
      for (const { name, config, maxWorkers } of providers) {
        await db.query(
          "INSERT INTO provider_configs (name, provider_type, config, max_workers) VALUES ($1, $2, $3, $4)",
          [name, config.type, JSON.stringify(config), maxWorkers],
        );
      }
      await until("the providers to be validated", async () => {
        const unready = await db.query(
          "SELECT 1 FROM provider_configs WHERE config_errors IS DISTINCT FROM '[]'::jsonb",
        );
        return unready.rowCount === 0;
      });
      // The selector hears of it by NOTIFY and NATS.
      await sleep(1_000);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The cluster's processes outlive whoever started them: a bench that is interrupted takes them with it. */
function onInterrupt(stop: () => Promise<unknown>): Disposable {
  const interrupted = () => void stop().finally(() => process.exit(1));
  for (const signal of INTERRUPTS) process.once(signal, interrupted);
  return {
    [Symbol.dispose]() {
      for (const signal of INTERRUPTS) process.off(signal, interrupted);
    },
  };
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`gave up waiting for ${what}`);
}
