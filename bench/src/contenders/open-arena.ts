import { type BenchCluster, openBenchCluster } from "../cluster/bench-cluster.ts";
import { type RedisServer, startRedis } from "../cluster/redis.ts";

/** What all contenders share: one PostgreSQL, one NATS, one Redis, each a real one at its durable defaults. */
export interface Arena extends AsyncDisposable {
  readonly cluster: BenchCluster;
  /** PostgreSQL's process, by name. */
  readonly postgres: readonly [string, number];
  /** An empty database on the same PostgreSQL. @returns how to connect */
  createDatabase(): Promise<string>;
  /** Started when first asked for. */
  redis(): Promise<RedisServer>;
}

export async function openArena(say: (line: string) => void): Promise<Arena> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await openBenchCluster(say));
  let databases = 0;
  let redis: Promise<RedisServer> | undefined;
  const owned = stack.move();
  return {
    cluster,
    postgres: ["postgres", cluster.pids.get("postgres") ?? 0],
    async createDatabase() {
      databases += 1;
      const name = `peer_${databases}`;
      await cluster.db.query(`CREATE DATABASE ${name}`);
      const url = new URL(cluster.databaseUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    redis: () => {
      redis ??= startRedis();
      return redis;
    },
    async [Symbol.asyncDispose]() {
      await (await redis)?.[Symbol.asyncDispose]();
      await owned.disposeAsync();
    },
  };
}
