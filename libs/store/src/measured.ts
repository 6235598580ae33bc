import { measureQuery } from "@hodei/telemetry";
import type pg from "pg";
import type { Queryable } from "./queryable.ts";

/** The same, with each statement's round trip measured under its name. */
export function measured(db: Queryable): Queryable {
  return { query: (query) => measureQuery(nameOf(query), () => db.query(query)) };
}

/** Measures what is asked of the pool itself, from now on. */
export function measurePool(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const measuredQuery = (...args: unknown[]) => measureQuery(nameOf(args[0]), () => query(...args));
  Object.assign(pool, { query: measuredQuery });
}

/** Only prepared statements have a name; it is written in the code, so there are few. */
function nameOf(query: unknown): string | undefined {
  const name = typeof query === "object" && query !== null && "name" in query ? query.name : undefined;
  return typeof name === "string" ? name : undefined;
}
