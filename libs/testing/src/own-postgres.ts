import { findFreePort, findManaged, openHome, startPostgres, stopPostgres } from "@hodei/local-cluster";
import { migrate } from "@hodei/store";
import { endWithParent } from "./end-with-parent.ts";
import { openPool } from "./open-pool.ts";
import { scratchDirectory } from "./scratch-directory.ts";
import type { TestDatabase } from "./test-database.ts";
import { waitFor } from "./wait-for.ts";

/** A PostgreSQL server of this test's own, to be killed. */
export interface OwnPostgres extends TestDatabase {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export async function ownPostgres(): Promise<OwnPostgres> {
  const directory = await scratchDirectory();
  const home = openHome(directory.path);
  const port = await findFreePort(27_432 + (process.pid % 500));
  let callOff = () => {};
  const start = async () => {
    const server = await startPostgres(home, port, () => undefined);
    callOff();
    const pid = findManaged(home, "postgres")?.pid ?? 0;
    callOff = endWithParent(pid, { signal: "INT", folders: [directory.path] });
    return server;
  };
  const { url } = await start();
  await migrate(url);
  const pool = openPool(url);
  return {
    url,
    query: async (text, values) => (await pool.query(text, values)).rows,
    async kill() {
      const server = findManaged(home, "postgres");
      if (server?.isRunning) process.kill(server.pid, "SIGKILL");
    },
    async restart() {
      // The old server's lock lasts until its last process is gone.
      await waitFor("PostgreSQL to start again", async () => {
        await start();
        return true;
      });
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await stopPostgres(home);
      callOff();
      await directory[Symbol.asyncDispose]();
    },
  };
}
