import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILE_CACHE, NODE_ARGUMENTS } from "@hodei/local-cluster";
import { endWithParent } from "./end-with-parent.ts";
import { HopelessError, waitFor, within } from "./wait-for.ts";

const SERVICES = fileURLToPath(new URL("../../../services/", import.meta.url));
const READY_MS = 60_000;
/** A service leaves by itself after 9.5 s; one that does not even then hangs in a way that nothing in it can see. */
const STOP_MS = 30_000;

export interface LogLine {
  msg: string;
  level: string;
  [key: string]: unknown;
}

/** One service as its own process, as in production. */
export interface ServiceProcess extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Everything it logged. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line of which that is true. */
  logged(what: string, isIt: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export type ServiceName = "registry" | "selector" | "health" | "provisioner";

/** As a user for whom the modes of files count: root passes them all by, so that one gives the power up. */
const UNPRIVILEGED =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", process.execPath] : [];

/** Starts services/<name> and waits until it is ready. */
export async function startService(
  name: ServiceName,
  env: Record<string, string>,
  { unprivileged = false } = {},
): Promise<ServiceProcess> {
  const [program = process.execPath, ...through] = unprivileged ? UNPRIVILEGED : [];
  const child = spawn(program, [...through, ...NODE_ARGUMENTS, `${SERVICES}${name}/src/main.ts`], {
    env: {
      ...COMPILE_CACHE,
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/",
      [`HODEI_${name.toUpperCase()}_PORT`]: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.once("exit", endWithParent(child.pid ?? 0));
  const lines: LogLine[] = [];
  const raw: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => {
      raw.push(text);
      const line = parse(text);
      if (line) lines.push(line);
    });
  }
  const logged = (what: string, isIt: (line: LogLine) => boolean) =>
    waitFor(
      `${name} to log ${what}`,
      () => {
        const found = lines.find(isIt);
        if (!found && hasEnded(child)) throw new HopelessError(`${name} has ended:\n${raw.slice(-10).join("\n")}`);
        return found;
      },
      READY_MS,
    );
  const ready = await logged("ready", (line) => line.msg === "ready");
  return {
    name,
    url: `http://127.0.0.1:${String(ready["port"])}`,
    pid: child.pid ?? 0,
    lines,
    logged,
    kill: (signal) => kill(child, signal),
    async [Symbol.asyncDispose]() {
      try {
        await within(`${name} to stop`, STOP_MS, () => kill(child, "SIGTERM"));
      } catch (error) {
        await kill(child, "SIGKILL");
        throw new Error(`${name} did not stop; the last that it said:\n${raw.slice(-10).join("\n")}`, { cause: error });
      }
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

function parse(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    // Node's own warnings are no log lines.
    return undefined;
  }
}
