import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Home } from "./home.ts";

/** A way to run a nats-server; in each of them it is the real one. */
export interface NatsProgram {
  /** What its configuration listens on, and where that finds the store. */
  listen(port: number): string;
  storePath(store: string): string;
  /** The command that runs it in the foreground and hands SIGTERM on to it. */
  command(port: number, store: string, config: string): { command: string; args: string[] };
  /** Throws what is wrong with a configuration, in the server's words. */
  test(store: string, config: string): void;
  /** Takes away what a killed one left. */
  prepare(): void;
}

/** Ways to get a nats-server that ask no question; each only where its program is there and we may. */
const INSTALLERS: readonly (readonly string[])[] = [
  ["apt-get", "install", "-y", "--no-install-recommends", "nats-server"],
  ["apk", "add", "nats-server"],
  ["dnf", "install", "-y", "nats-server"],
  ["brew", "install", "nats-server"],
];
const INSTALL_MS = 180_000;
const IMAGE = "nats:2";
const WHAT_TO_TYPE =
  "there is no nats-server on this machine; type: sudo apt-get install nats-server (or brew install nats-server)";

/**
 * A nats-server: of the PATH, else installed by the system's package manager where that needs no question, else run by Docker.
 * @throws saying what to type
 */
export function findNatsServer(home: Home, say: (line: string) => void): NatsProgram {
  const path = onPath("nats-server") ?? install(say);
  if (path) return installed(path);
  const docker = onPath("docker");
  if (docker && hasImage(docker, IMAGE, say)) return inDocker(docker, home, IMAGE);
  throw new Error(WHAT_TO_TYPE);
}

function install(say: (line: string) => void): string | undefined {
  for (const [program = "", ...args] of INSTALLERS) {
    const rights = onPath(program) ? rightsFor(program) : undefined;
    if (!rights) continue;
    const words = [...rights, program];
    const [command = program, ...before] = words;
    say(`installing nats-server: ${[...words, ...args].join(" ")}`);
    const options = {
      stdio: "ignore",
      timeout: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    } as const;
    try {
      if (program === "apt-get") execFileSync(command, [...before, "update", "-qq"], options);
      execFileSync(command, [...before, ...args], options);
    } catch (error) {
      say(`${program} could not: ${error instanceof Error ? error.message : String(error)}`);
    }
    const path = onPath("nats-server");
    if (path) return path;
  }
  return undefined;
}

/** What to put before the package manager; `undefined` where it would ask or refuse. Homebrew refuses root, the others want it. */
function rightsFor(program: string): string[] | undefined {
  const isRoot = process.getuid?.() === 0;
  if (program === "brew") return isRoot ? undefined : [];
  if (isRoot) return [];
  return onPath("sudo") && answers("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}

function installed(path: string): NatsProgram {
  return {
    listen: (port) => `127.0.0.1:${port}`,
    storePath: (store) => store,
    command: (_port, _store, config) => ({ command: path, args: ["-c", config] }),
    test: (_store, config) => void execFileSync(path, ["-t", "-c", config], { stdio: "pipe", timeout: 5_000 }),
    prepare: () => undefined,
  };
}

/** The official image. Its folder is mounted, so that the data is where it is without Docker too. */
export function inDocker(docker: string, home: Home, image: string): NatsProgram {
  const name = `hodei-nats-${createHash("sha256").update(home.path).digest("hex").slice(0, 12)}`;
  const user = process.getuid ? ["--user", `${process.getuid()}:${process.getgid?.() ?? 0}`] : [];
  const mounts = (store: string, config: string) => ["-v", `${store}:/data`, "-v", `${config}:/nats.conf:ro`];
  return {
    listen: () => "0.0.0.0:4222",
    storePath: () => "/data",
    command: (port, store, config) => ({
      command: docker,
      args: ["run", "--rm", "--name", name, "--label", "hodei.local-cluster=nats", ...user]
        .concat(["-p", `127.0.0.1:${port}:4222`, ...mounts(store, config)])
        .concat([image, "-c", "/nats.conf"]),
    }),
    test: (store, config) =>
      void execFileSync(docker, ["run", "--rm", ...user, ...mounts(store, config), image, "-t", "-c", "/nats.conf"], {
        stdio: "pipe",
        timeout: 30_000,
      }),
    // Only ours has this name; when its client was killed it may still be there.
    prepare: () => void answers(docker, ["rm", "-f", name]),
  };
}

function hasImage(docker: string, image: string, say: (line: string) => void): boolean {
  if (answers(docker, ["image", "inspect", image])) return true;
  if (!answers(docker, ["version"])) return false;
  say(`pulling the image ${image}`);
  return answers(docker, ["pull", "-q", image], INSTALL_MS);
}

function answers(command: string, args: readonly string[], timeoutMs = 10_000): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: timeoutMs });
    return true;
  } catch {
    // It said no: that is the answer.
    return false;
  }
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
