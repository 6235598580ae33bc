import pg from "pg";

/**
 * Connections of a test to its server. One that the server ends while nothing is asked on it is no error of the test: the server is killed on
 * purpose, or stops while a pool that has been ended still says goodbye (`end` does not wait for that).
 */
export function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 2 });
  pool.on("error", () => undefined);
  return pool;
}
