import { REDIS_SETTINGS } from "../cluster/redis.ts";
import type { Contender } from "./contender.ts";
import type { Arena } from "./open-arena.ts";

/** What a comparison was made on: the same for all, then what each contender sets. */
export function arenaSettings(arena: Arena, contenders: readonly Contender[]): Record<string, string> {
  return {
    work: "peers run an empty function, Hodei a simulated worker that ends at once",
    PostgreSQL: `${arena.cluster.databaseVersion}, fsync on, one server for all, a database each`,
    JetStream: "file storage",
    Redis: REDIS_SETTINGS.join(" ").replaceAll("--", ""),
    ...Object.fromEntries(contenders.map(({ variant, settings }) => [variant, settings])),
  };
}
