import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { openStore } from "@hodei/store";
import type { Home } from "./home.ts";
import { findManaged, lastLogLines, startManaged, stopManaged } from "./managed-process.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { canReach, type Owner, unprivilegedUser } from "./unprivileged-user.ts";

const run = promisify(execFile);
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

async function initialise(initdb: string, data: string, password: string, owner: Owner | undefined): Promise<void> {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner) chownSync(passwordFile, owner.uid, owner.gid);
  try {
    const args = [
      "-D",
      data,
      "-U",
      "hodei",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      "--locale=C",
    ];
    await run(initdb, args, {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "" },
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    });
  } catch (error) {
    throw new Error(`initdb failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** In the home; where PostgreSQL's user cannot reach that, in /var/tmp under a name of its own. */
function dataDirectory(home: Home, owner: Owner | undefined, say: (line: string) => void): string {
  const own = home.in("postgres");
  mkdirSync(own, { recursive: true });
  if (!owner) return own;
  chownSync(own, owner.uid, owner.gid);
  chmodSync(own, 0o700);
  if (canReach(own, owner)) return own;
  const other = join("/var/tmp", `hodei-${createHash("sha256").update(home.path).digest("hex").slice(0, 12)}`);
  mkdirSync(other, { recursive: true, mode: 0o755 });
  const data = join(other, "postgres");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chownSync(data, owner.uid, owner.gid);
  chownSync(other, owner.uid, owner.gid);
  say(`PostgreSQL may not run as root, and its user cannot reach ${home.path}: its data is in ${data}`);
  return data;
}

function passwordOf(home: Home): string {
  const path = home.in("password");
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString("base64url"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}
