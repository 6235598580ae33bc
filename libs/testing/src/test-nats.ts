import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@hodei/local-cluster";
import { endWithParent } from "./end-with-parent.ts";

/** A nats-server of this test's own, with JetStream, on a port that stays the same over restarts. */
export interface TestNats extends AsyncDisposable {
  readonly url: string;
  /** Ends it; its store stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** Ends it and deletes its store; `restart` brings an empty one. */
  wipeStore(): Promise<void>;
}

/** How to start it otherwise than plain; asked once, `directory` is its own. */
export type NatsConfiguration = (server: { port: number; directory: string }) => Promise<{
  args: readonly string[];
  env?: Record<string, string>;
}>;

const plain: NatsConfiguration = async ({ port, directory }) => ({
  args: ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", directory],
});

export async function testNats(configuration: NatsConfiguration = plain): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), "hodei-nats-"));
  const port = await freePort();
  const { args, env } = await configuration({ port, directory });
  let server: ChildProcess | undefined;
  let callOff = () => {};

  async function start(): Promise<void> {
    server = spawn("nats-server", args, { stdio: "ignore", env: { ...process.env, ...env } });
    callOff = endWithParent(server.pid ?? 0, { folders: [directory] });
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
      if (await answers(port)) return;
      await sleep(20);
    }
    throw new Error("nats-server does not answer");
  }

  async function kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
    callOff();
  }

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    restart: async () => {
      await kill("SIGTERM");
      await start();
    },
    wipeStore: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The server greets whoever connects. */
const ANSWER_MS = 1_000;

/** Ports of this test process alone: below the system's ephemeral ones, so that nobody takes it between a kill and a restart. */
const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 400;
let nextPort = FIRST_PORT + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 10) * PORTS_PER_PROCESS + (process.pid % 200);

async function freePort(): Promise<number> {
  nextPort += 1;
  return await findFreePort(nextPort);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ port, host: "127.0.0.1", timeout: ANSWER_MS });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("data", () => end(true));
    // Also a connection that is taken and says nothing, or is closed again without a word.
    for (const event of ["error", "close", "timeout"]) socket.once(event, () => end(false));
  });
}
