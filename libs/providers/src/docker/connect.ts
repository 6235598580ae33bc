import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { connect as connectTls } from "node:tls";
import type { DockerConfig } from "@hodei/contracts";
import Docker from "dockerode";
import { StartError } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { invalidity, readTlsMaterial, type TlsMaterial } from "./tls-material.ts";

const DEFAULT_SOCKET = "/var/run/docker.sock";
const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;

/** The way to one engine. */
export interface EngineConnection extends Disposable {
  readonly docker: Docker;
  /** As a person would type it: `-H unix:///var/run/docker.sock`. */
  readonly flags: string;
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`. */
  readonly address: string;
  /** The earliest end of the certificates that both sides show; `undefined` without TLS. @throws StartError CERTIFICATE_EXPIRED */
  certificateEnd(signal: AbortSignal): Promise<Date | undefined>;
}

/** A client for the engine that the configuration names, not yet connected. @throws StartError where its TLS material cannot be read or used */
export function connectDocker(config: DockerConfig): EngineConnection {
  // What is left out here, dockerode would take from DOCKER_HOST and its like: the configuration alone decides.
  const plain = { ca: undefined, cert: undefined, key: undefined, timeout: undefined, pathPrefix: "/" };
  if (!config.host) {
    const socketPath = config.socket_path ?? DEFAULT_SOCKET;
    const agent = new HttpAgent({ keepAlive: true });
    const options = { ...plain, host: undefined, port: undefined, protocol: "http" as const, socketPath, agent };
    return connection(new Docker(options as Docker.DockerOptions), agent, `unix://${socketPath}`);
  }
  const { host, tls } = config;
  const port = config.port ?? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT);
  const address = `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!tls) {
    const agent = new HttpAgent({ keepAlive: true });
    const options = { ...plain, host, port, protocol: "http" as const, agent };
    return connection(new Docker(options as Docker.DockerOptions), agent, address);
  }
  const material = readTlsMaterial(tls);
  const { ca, cert, key } = material;
  const agent = new HttpsAgent({ keepAlive: true, ca, cert, key });
  const docker = new Docker({
    host,
    port,
    protocol: "https",
    ca,
    cert,
    key,
    agent,
    pathPrefix: "/",
  } as Docker.DockerOptions);
  return connection(docker, agent, address, async (signal) => {
    assertValid(material);
    const serverEnd = await readServerEnd({ host, port, material, signal });
    return new Date(Math.min(material.validity.to.getTime(), serverEnd.getTime()));
  });
}

function connection(
  docker: Docker,
  agent: HttpAgent,
  address: string,
  certificateEnd: EngineConnection["certificateEnd"] = async () => undefined,
): EngineConnection {
  const flags = address.startsWith("unix:")
    ? `-H ${address}`
    : `-H ${address}${agent instanceof HttpsAgent ? " --tlsverify" : ""}`;
  return { docker, address, flags, certificateEnd, [Symbol.dispose]: () => agent.destroy() };
}

function assertValid({ validity }: TlsMaterial): void {
  const reason = invalidity(validity, new Date());
  if (reason) throw new StartError("CERTIFICATE_EXPIRED", reason);
}

interface ServerQuestion {
  host: string;
  port: number;
  material: TlsMaterial;
  signal: AbortSignal;
}

/** The end of the engine's own certificate, by a handshake. */
async function readServerEnd({ host, port, material, signal }: ServerQuestion): Promise<Date> {
  const { ca, cert, key } = material;
  const socket = connectTls({ host, port, ca, cert, key, ...(!/^[\d.:]+$/.test(host) && { servername: host }) });
  try {
    return await askEngine(
      () =>
        new Promise<Date>((resolve, reject) => {
          socket.once("secureConnect", () => resolve(new Date(socket.getPeerCertificate().valid_to)));
          socket.once("error", reject);
        }),
      { signal },
    );
  } finally {
    // Whatever is said on a connection that is being closed concerns nobody.
    socket.on("error", () => undefined);
    socket.destroy();
  }
}
