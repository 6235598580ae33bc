import { readFileSync } from "node:fs";
import type { DockerConfig } from "@hodei/contracts";
import Docker from "dockerode";
import { resolveReference } from "../resolve-reference.ts";

/** Every call to the engine ends by this, whatever the engine does; streams and pulls have bounds of their own. */
export const CALL_TIMEOUT_MS = 30_000;
const DEFAULT_SOCKET = "/var/run/docker.sock";
const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;

/** A client for the engine that the configuration names; TLS material is read here and kept nowhere else. */
export function connectDocker(config: DockerConfig): Docker {
  if (!config.host) return new Docker({ socketPath: config.socket_path ?? DEFAULT_SOCKET });
  if (!config.tls) return new Docker({ host: config.host, port: config.port ?? DEFAULT_PORT, protocol: "http" });
  const { ca, cert, key } = config.tls;
  return new Docker({
    host: config.host,
    port: config.port ?? DEFAULT_TLS_PORT,
    protocol: "https",
    ca: material(ca),
    cert: material(cert),
    key: material(key),
  });
}

function material(reference: string): string {
  const value = resolveReference(reference);
  // `env:NAME` may hold the PEM itself or the path of a file with it.
  return value.includes("-----BEGIN") ? value : readFileSync(value, "utf8");
}
