import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { killMarked } from "./kill-marked.ts";

const RUNTIMES = fileURLToPath(new URL("./runtimes/", import.meta.url));
const API = "/2018-06-01/runtime/";

/** One event for a sandbox. */
interface SandboxEvent {
  requestId: string;
  functionArn: string;
  payload: Buffer;
  clientContext: string | undefined;
  timeoutMs: number;
}

type SandboxAnswer =
  | { kind: "response" | "error"; payload: Buffer; log: string }
  /** The function's process ended, or its time was over. */
  | { kind: "exited"; how: string; log: string }
  | { kind: "timed out"; log: string };

/** A function's unpacked code as a process of its own, which asks the Runtime API of AWS for events, one at a time. */
export interface Sandbox {
  readonly isAlive: boolean;
  /** What it wrote since its event came. */
  log(): string;
  invoke(event: SandboxEvent): Promise<SandboxAnswer>;
  kill(): Promise<void>;
}

interface Current {
  event: SandboxEvent;
  done: PromiseWithResolvers<SandboxAnswer>;
}

export async function startSandbox(folder: string, runtime: string, handler: string): Promise<Sandbox> {
  let current: Current | undefined;
  let waiting: ServerResponse | undefined;
  let log = "";

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = await launch(folder, runtime, handler, address);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
  let isAlive = true;
  child.once("close", (code, signal) => {
    isAlive = false;
    end({
      kind: "exited",
      how: signal ? `signal: ${signal === "SIGKILL" ? "killed" : signal}` : `exit status ${code}`,
      log,
    });
    server.closeAllConnections();
    server.close();
  });

  function end(answered: SandboxAnswer): void {
    const ended = current;
    current = undefined;
    ended?.done.resolve(answered);
  }

  function deliver(): void {
    if (!current || !waiting) return;
    const { event } = current;
    waiting.writeHead(200, {
      "content-type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": event.requestId,
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + event.timeoutMs),
      "Lambda-Runtime-Invoked-Function-Arn": event.functionArn,
      "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
      ...(event.clientContext && {
        "Lambda-Runtime-Client-Context": Buffer.from(event.clientContext, "base64").toString(),
      }),
    });
    waiting.end(event.payload);
    waiting = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (request.method === "GET" && path === `${API}invocation/next`) {
      waiting = response;
      deliver();
      return;
    }
    const payload = await buffer(request);
    const [, id, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (request.method !== "POST" || !current || id !== current.event.requestId) {
      response.writeHead(403, { "content-type": "application/json" }).end('{"errorType":"InvalidRequestID"}');
      return;
    }
    response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
    // What the function wrote before it answered is in the pipe: one more turn reads it.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    end({ kind: kind === "error" ? "error" : "response", payload, log });
  }

  async function kill(): Promise<void> {
    const closed = isAlive ? once(child, "close") : Promise.resolve();
    child.kill("SIGKILL");
    killMarked(address);
    await closed;
    killMarked(address);
  }

  return {
    get isAlive() {
      return isAlive;
    },
    log: () => log,
    async invoke(event) {
      const done = Promise.withResolvers<SandboxAnswer>();
      current = { event, done };
      log = "";
      const timer = setTimeout(() => {
        end({ kind: "timed out", log });
        void kill();
      }, event.timeoutMs);
      deliver();
      if (!isAlive) end({ kind: "exited", how: "exit status 1", log });
      try {
        return await done.promise;
      } finally {
        clearTimeout(timer);
      }
    },
    kill,
  };
}

async function launch(folder: string, runtime: string, handler: string, address: string): Promise<ChildProcess> {
  const [program, ...args] = commandOf(folder, runtime, handler);
  return spawn(program ?? "", args, {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      // A function has a /tmp of its own.
      TMPDIR: await mkdtemp(`${folder}-tmp-`),
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_RUNTIME_API: address,
      _HANDLER: handler,
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function commandOf(folder: string, runtime: string, handler: string): string[] {
  if (runtime.startsWith("nodejs")) return [process.execPath, join(RUNTIMES, "node-runtime.mjs"), folder, handler];
  if (runtime.startsWith("python")) return ["python3", join(RUNTIMES, "python-runtime.py"), folder, handler];
  return [join(folder, "bootstrap")];
}
