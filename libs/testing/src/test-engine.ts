import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFreePort } from "@hodei/local-cluster";
import { testImage } from "./docker-image.ts";
import { endWithParent } from "./end-with-parent.ts";
import { scratchDirectory } from "./scratch-directory.ts";
import { type TestAuthority, testAuthority } from "./test-authority.ts";
import { waitFor } from "./wait-for.ts";

/** A Docker engine of this test's own, to be stopped, killed, filled up, or reached by TLS; it has the test image. */
export interface TestEngine extends AsyncDisposable {
  readonly socketPath: string;
  /** Where it listens with TLS, and what proves who is who; of an engine opened with `tls`. */
  readonly tls?: { port: number; certificates: TestAuthority };
  readonly dataRoot: string;
  readonly image: string;
  docker(...args: string[]): string;
  /** Ends the engine; `SIGKILL` leaves its containers to themselves. */
  stop(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
}

export interface TestEngineOptions {
  /** Containers go on while it is away. */
  liveRestore?: boolean;
  tls?: boolean;
  /** Its data lies on a disk of this size, in MiB. */
  diskMiB?: number;
}

export async function testEngine({
  liveRestore = false,
  tls = false,
  diskMiB,
}: TestEngineOptions = {}): Promise<TestEngine> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await scratchDirectory());
  const dataRoot = join(path, "data");
  execFileSync("mkdir", [dataRoot]);
  if (diskMiB) {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskMiB}m`, "none", dataRoot]);
  }
  const socketPath = join(path, "docker.sock");
  const port = tls ? await findFreePort(23_760 + (process.pid % 900)) : 0;
  const certificates = tls ? testAuthority(path) : undefined;
  const containerd = join(path, "containerd.sock");
  writeFileSync(
    join(path, "containerd.toml"),
    `version = 2\nroot = "${path}/containerd"\nstate = "${path}/containerd-state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "${containerd}"\n[debug]\n  level = "error"\n`,
  );
  // As a machine's init would run it: it outlives the engine, and so do its containers.
  const runtime = spawn("containerd", ["--config", join(path, "containerd.toml")], { stdio: "ignore" });
  const callOffRuntime = endWithParent(runtime.pid ?? 0, { signal: "TERM", folders: [path] });
  stack.defer(async () => {
    const ended = runtime.exitCode === null && runtime.signalCode === null && once(runtime, "exit");
    runtime.kill("SIGTERM");
    await ended;
    callOffRuntime();
    // A killed engine leaves its data folder mounted upon itself.
    execFileSync("sh", ["-c", 'while umount -l "$1" 2>/dev/null; do :; done', "sh", dataRoot]);
  });
  const bridge = stack.use(ownBridge());
  // Its network needs nothing of the machine's, and all its files lie in the test's own folder.
  writeFileSync(join(path, "daemon.json"), JSON.stringify({ "live-restore": liveRestore }));
  const args = [
    ...["--config-file", join(path, "daemon.json"), "--data-root", dataRoot, "--exec-root", join(path, "exec")],
    ...["--containerd", containerd, "--pidfile", join(path, "docker.pid"), "--host", `unix://${socketPath}`],
    ...[`--bridge=${bridge.name}`, "--iptables=false", "--ip-forward=false", "--log-level=error"],
    ...(certificates
      ? [
          "--host",
          `tcp://127.0.0.1:${port}`,
          "--tlsverify",
          "--tlscacert",
          certificates.ca.cert,
          "--tlscert",
          certificates.server.cert,
          "--tlskey",
          certificates.server.key,
        ]
      : []),
  ];
  const docker = (...words: string[]) =>
    execFileSync("docker", ["-H", `unix://${socketPath}`, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  let daemon: ChildProcess | undefined;
  let callOff = () => {};

  async function start(): Promise<void> {
    const errors: string[] = [];
    const started = spawn("dockerd", args, { stdio: ["ignore", "ignore", "pipe"] });
    started.stderr.on("data", (text: Buffer) => errors.push(text.toString()));
    daemon = started;
    callOff = endWithParent(started.pid ?? 0, { signal: "TERM" });
    await waitFor("the engine to answer", () => {
      if (started.exitCode !== null) throw new Error(`dockerd has ended:\n${errors.join("").slice(-2_000)}`);
      return docker("version", "--format", "{{.Server.Version}}") !== "";
    });
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, "exit");
    daemon.kill(signal);
    await ended;
    callOff();
  }

  stack.defer(async () => {
    if (daemon?.exitCode !== null || daemon.signalCode !== null) await start();
    const left = docker("ps", "-aq");
    if (left) docker("rm", "-f", ...left.split("\n"));
    await stop("SIGTERM");
  });
  try {
    await start();
    const image = testImage();
    execFileSync("sh", ["-c", 'docker save "$1" | docker -H "unix://$2" load', "sh", image, socketPath], {
      stdio: "pipe",
    });
    const owned = stack.move();
    return {
      socketPath,
      ...(certificates && { tls: { port, certificates } }),
      dataRoot,
      image,
      docker,
      stop,
      start,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** A bridge of this engine's own: told to have none, an engine deletes docker0, which is that of the machine's engine. */
function ownBridge(): { name: string } & Disposable {
  const name = `hodei-${randomBytes(3).toString("hex")}`;
  execFileSync("ip", ["link", "add", name, "type", "bridge"]);
  execFileSync("ip", ["addr", "add", `10.${randomInt(100, 250)}.${randomInt(250)}.1/24`, "dev", name]);
  return { name, [Symbol.dispose]: () => void execFileSync("ip", ["link", "del", name]) };
}
