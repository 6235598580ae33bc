import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { endWithParent } from "../end-with-parent.ts";
import type { ContainerLog } from "./container-log.ts";

export interface ContainerEnd {
  exitCode: number;
  /** Set when the command never began: the runtime's words. */
  startError?: string;
}

/** A container's command as a process group of this machine. */
export interface ContainerProcess {
  /** Resolves when the command has begun, or could not. */
  readonly started: Promise<void>;
  readonly ended: Promise<ContainerEnd>;
  /** To the command itself, as to a container's first process. */
  signal(signal: NodeJS.Signals): void;
  /** To all that it started. */
  kill(): void;
}

export function runContainer(
  command: readonly string[],
  env: Record<string, string>,
  folder: string,
  log: ContainerLog,
): ContainerProcess {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (data: Buffer) => log.write("stdout", data));
  child.stderr.on("data", (data: Buffer) => log.write("stderr", data));
  const callOff = child.pid === undefined ? undefined : endWithParent(-child.pid);
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<ContainerEnd>();
  child.once("spawn", () => started.resolve());
  child.once("error", (error: NodeJS.ErrnoException) => {
    if (child.pid !== undefined) return;
    ended.resolve({ exitCode: 128, startError: startErrorOf(program, error) });
    started.resolve();
  });
  // The end of a container's first process is the end of all in it.
  child.once("exit", () => killGroup(child));
  child.once("close", (code, signal) => {
    callOff?.();
    if (child.pid !== undefined) ended.resolve({ exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0) });
  });
  return {
    started: started.promise,
    ended: ended.promise.then((end) => {
      log.close();
      return end;
    }),
    signal: (signal) => void child.kill(signal),
    kill: () => killGroup(child),
  };
}

function startErrorOf(program: string, { code }: NodeJS.ErrnoException): string {
  const why =
    code === "EACCES"
      ? `exec: "${program}": permission denied`
      : `exec: "${program}": executable file not found in $PATH`;
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${why}: unknown`;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
