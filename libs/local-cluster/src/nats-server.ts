import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Home } from "./home.ts";
import { findManaged, lastLogLines, logSince, startManaged, stopManaged } from "./managed-process.ts";
import { findNatsServer, type NatsProgram } from "./nats-program.ts";

const NATS = "nats";
const START_MS = 15_000;

/** A real nats-server with JetStream on files, on loopback only. */
export async function startNats(
  home: Home,
  port: number,
  say: (line: string) => void,
  program: NatsProgram = findNatsServer(home, say),
): Promise<{ url: string }> {
  const store = home.in("nats");
  mkdirSync(store, { recursive: true });
  const config = writeConfig(home, port, store, program);
  program.prepare();
  const logStart = startManaged(home, NATS, program.command(port, store, config));
  await untilJetStream(home, logStart);
  return { url: `nats://127.0.0.1:${port}` };
}

export async function stopNats(home: Home): Promise<boolean> {
  return await stopManaged(home, NATS, "SIGTERM");
}

/** Syncs each write before it acknowledges (design I8), where the server knows how: since 2.10, it says so itself. */
function writeConfig(home: Home, port: number, store: string, program: NatsProgram): string {
  const path = home.in("run", "nats.conf");
  const write = (extra: string) =>
    writeFileSync(
      path,
      `listen: "${program.listen(port)}"\nserver_name: hodei-local\njetstream {\n  store_dir: ${JSON.stringify(program.storePath(store))}${extra}\n}\n`,
    );
  write("\n  sync_interval: always");
  try {
    program.test(store, path);
  } catch (error) {
    const words = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    if (!words.includes("sync_interval")) throw new Error(`nats-server refuses ${path}: ${words}`, { cause: error });
    write("");
  }
  return path;
}

async function untilJetStream(home: Home, logStart: number): Promise<void> {
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; ) {
    if (!findManaged(home, NATS)?.isRunning) break;
    if (logSince(home, NATS, logStart).includes("Server is ready")) return;
    await sleep(20);
  }
  throw new Error(`nats-server did not start: ${lastLogLines(home, NATS)}`);
}
