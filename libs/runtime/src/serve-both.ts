import { createServer as createHttp, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createTcp, type Server, type Socket } from "node:net";

/** What HTTP/2 begins with, over a connection that was not negotiated (RFC 9113, 3.4). */
const PREFACE = "PRI * HTTP/2.0";
/** A connection that says nothing for so long is closed. */
const SILENCE_MS = 30_000;

/** A request of either protocol. */
export type EitherListener = RequestListener & ((request: Http2ServerRequest, response: Http2ServerResponse) => void);

/** One port for HTTP/1.1 and for HTTP/2 without TLS: gRPC clients speak the latter from their first byte on. */
export function serveBoth(listener: EitherListener): Server & { closeAllConnections(): void } {
  const http = createHttp(listener);
  const http2 = createHttp2(listener);
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A peer that resets its connection ends it, and nothing else.
    socket.on("error", () => socket.destroy());
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    // Read only once it is there: a socket that flows already cannot be handed to HTTP/2.
    socket.once("readable", () => handOver(socket, http, http2));
  });
  return Object.assign(server, {
    closeAllConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  });
}

function handOver(socket: Socket, http: HttpServer, http2: Http2Server): void {
  const first = socket.read() as Buffer | null;
  if (!first) return;
  socket.setTimeout(0);
  socket.removeAllListeners("timeout");
  socket.unshift(first);
  const speaksHttp2 = PREFACE.startsWith(first.toString("latin1", 0, PREFACE.length));
  (speaksHttp2 ? http2 : http).emit("connection", socket);
}
