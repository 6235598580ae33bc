import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { Server, Socket } from "node:net";
import type { Logger } from "@hodei/telemetry";
import type { TlsFiles } from "./access-settings.ts";
import type { EitherListener } from "./serve-both.ts";

/** How often the files are looked at: certificates are renewed by writing them anew. */
const LOOK_MS = 5_000;

/**
 * One port for HTTP/1.1 and HTTP/2 over TLS, chosen by ALPN. With `clientCa` callers are asked for a certificate; who shows none gets
 * through to the listener, which can tell (`authorized`): probes have none.
 */
export function serveTls(
  files: TlsFiles,
  listener: EitherListener,
  logger: Logger,
): Server & { closeAllConnections(): void } {
  let shown = read(files);
  const server = createSecureServer(
    {
      ...shown,
      allowHTTP1: true,
      minVersion: "TLSv1.2",
      requestCert: files.clientCa !== undefined,
      rejectUnauthorized: false,
    },
    listener,
  );
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const looking = setInterval(look, LOOK_MS).unref();
  server.once("close", () => clearInterval(looking));
  return Object.assign(server as unknown as Server, {
    closeAllConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  });

  function look(): void {
    try {
      const found = read(files);
      if (found.cert === shown.cert && found.key === shown.key && found.ca === shown.ca) return;
      server.setSecureContext({ ...found, minVersion: "TLSv1.2" });
      shown = found;
      logger.info("the certificate has changed; new connections get the new one");
    } catch (error) {
      // Half of it is written: the next look finds the other half.
      logger.warn({ err: error }, "the certificate could not be read again; the one before stays in use");
    }
  }
}

function read({ cert, key, clientCa }: TlsFiles) {
  const text = (path: string) => readFileSync(path, "utf8");
  return { cert: text(cert), key: text(key), ...(clientCa !== undefined && { ca: text(clientCa) }) };
}
