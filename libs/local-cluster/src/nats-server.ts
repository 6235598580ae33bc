import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Home } from "./home.ts";
import { findManaged, lastLogLines, startManaged, stopManaged } from "./managed-process.ts";

const NATS = "nats";
const START_MS = 15_000;
/** First version that can sync each write of JetStream before it acknowledges (design I8). */
const SYNC_ALWAYS_SINCE = [2, 10];

/** Ways to get a nats-server that ask no question; each only where its program is there and we may. */
const INSTALLERS: readonly (readonly string[])[] = [
  ["apt-get", "install", "-y", "--no-install-recommends", "nats-server"],
  ["apk", "add", "nats-server"],
  ["brew", "install", "nats-server"],
];

/** The path of a nats-server, installed by the system's package manager where that needs no question. @throws saying what to type */
function findNatsServer(say: (line: string) => void): string {
  const found = onPath("nats-server");
  if (found) return found;
  for (const [program = "", ...args] of INSTALLERS) {
    if (!onPath(program) || (program !== "brew" && process.getuid?.() !== 0)) continue;
    say(`installing nats-server: ${program} ${args.join(" ")}`);
    try {
      if (program === "apt-get") execFileSync(program, ["update", "-qq"], { stdio: "ignore" });
      execFileSync(program, args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
    } catch (error) {
      say(`${program} could not: ${error instanceof Error ? error.message : String(error)}`);
    }
    const installed = onPath("nats-server");
    if (installed) return installed;
  }
  throw new Error(
    "there is no nats-server on this machine; type: sudo apt-get install nats-server (or brew install nats-server)",
  );
}

/** A real nats-server with JetStream on files, on loopback only. */
export async function startNats(home: Home, port: number, say: (line: string) => void): Promise<{ url: string }> {
  const program = findNatsServer(say);
  const store = home.in("nats");
  mkdirSync(store, { recursive: true });
  const config = home.in("run", "nats.conf");
  const sync = knowsSyncAlways(program) ? "\n  sync_interval: always" : "";
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\nserver_name: hodei-local\njetstream {\n  store_dir: ${JSON.stringify(store)}${sync}\n}\n`,
  );
  startManaged(home, NATS, { command: program, args: ["-c", config] });
  await untilJetStream(home);
  return { url: `nats://127.0.0.1:${port}` };
}

export async function stopNats(home: Home): Promise<boolean> {
  return await stopManaged(home, NATS, "SIGTERM");
}

async function untilJetStream(home: Home): Promise<void> {
  const before = performance.now();
  while (performance.now() - before < START_MS) {
    const { isRunning } = findManaged(home, NATS) ?? { isRunning: false };
    const log = lastLogLines(home, NATS, 40);
    if (!isRunning) break;
    if (log.slice(log.lastIndexOf("Starting nats-server")).includes("Server is ready")) return;
    await sleep(20);
  }
  throw new Error(`nats-server did not start: ${lastLogLines(home, NATS)}`);
}

function knowsSyncAlways(program: string): boolean {
  const version = execFileSync(program, ["--version"], { encoding: "utf8" });
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  const [wantMajor = 0, wantMinor = 0] = SYNC_ALWAYS_SINCE;
  return major > wantMajor || (major === wantMajor && minor >= wantMinor);
}

function onPath(program: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: that is the answer.
    return false;
  }
}
