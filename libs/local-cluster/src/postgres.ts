import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@hodei/store";
import type { Home } from "./home.ts";
import { findManaged, lastLogLines, startManaged, stopManaged } from "./managed-process.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { dataDirectory, initialise, passwordOf } from "./postgres-data.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

const START_MS = 20_000;
const POSTGRES = "postgres";

/** A real PostgreSQL, durable by default, on loopback only; the password is made here and stays in the home. */
export async function startPostgres(home: Home, port: number, say: (line: string) => void): Promise<{ url: string }> {
  const owner = unprivilegedUser();
  const binaries = await findPostgresBinaries(owner);
  const data = dataDirectory(home, owner, say);
  const password = passwordOf(home);
  if (!existsSync(join(data, "PG_VERSION"))) await initialise(binaries.initdb, data, password, owner);
  startManaged(home, POSTGRES, {
    command: binaries.postgres,
    args: [
      "-D",
      data,
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-c",
      `unix_socket_directories=${data}`,
      "-c",
      "max_connections=200",
    ],
    ...(owner && { owner }),
  });
  const url = (database: string) => `postgres://hodei:${password}@127.0.0.1:${port}/${database}`;
  await untilListening(home, port);
  await using store = await openStore(url("postgres"), {
    applicationName: "hodei-up",
    connectSeconds: START_MS / 1000,
    maxConnections: 1,
  });
  const { rowCount } = await store.pool.query("SELECT 1 FROM pg_database WHERE datname = 'hodei'");
  if (rowCount === 0) await store.pool.query("CREATE DATABASE hodei");
  return { url: url("hodei") };
}

/** SIGINT is PostgreSQL's fast shutdown: transactions are rolled back, data is safe. */
export async function stopPostgres(home: Home): Promise<boolean> {
  return await stopManaged(home, POSTGRES, "SIGINT");
}

async function untilListening(home: Home, port: number): Promise<void> {
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; ) {
    if (!findManaged(home, POSTGRES)?.isRunning) break;
    if (await accepts(port)) return;
    await sleep(25);
  }
  throw new Error(`PostgreSQL did not start: ${lastLogLines(home, POSTGRES)}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
