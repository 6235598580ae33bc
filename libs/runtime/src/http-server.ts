import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Server } from "node:net";
import { type Logger, metrics } from "@hodei/telemetry";
import type { TlsFiles } from "./access-settings.ts";
import { serveBoth } from "./serve-both.ts";
import { serveTls } from "./serve-tls.ts";

/** A request of HTTP/1.1 or HTTP/2, and its response. */
export type EitherRequest = IncomingMessage | Http2ServerRequest;
export type EitherResponse = ServerResponse | Http2ServerResponse;
export type RequestHandler = (request: EitherRequest, response: EitherResponse) => void;

/** What answers a GET of a path: a status and a JSON body. */
export type Route = (request: EitherRequest) => Promise<{ status: number; body: unknown }>;

/** Names of dependencies and how to ask each whether it answers. */
export type Checks = Map<string, () => Promise<void>>;

const OWN_PATHS: readonly string[] = ["/healthz", "/readyz", "/metrics"];
/** What we serve is data: no browser is to guess at it, show it in a frame, keep it, or run a script in it. */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "same-origin"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cache-control", "no-store"],
];
const CHECK_TIMEOUT_MS = 2_000;

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
}

/** `/healthz`, `/readyz`, `/metrics` and the routes given. A busy port: the next free one. */
export async function openHttpServer(options: {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  logger: Logger;
  checks: Checks;
  isReady: () => boolean;
  routes: ReadonlyMap<string, Route>;
  /** Answers what is no path of ours. */
  rest: () => RequestHandler | undefined;
}): Promise<HttpServer> {
  const listener = (request: EitherRequest, response: EitherResponse) => {
    for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
    answer(request, response, options).catch((error: unknown) => {
      send(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  };
  const server = options.tls ? serveTls(options.tls, listener, options.logger) : serveBoth(listener);
  const port = await listenFrom(server, options.host, options.port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  request: EitherRequest,
  response: EitherResponse,
  {
    checks,
    isReady,
    routes,
    rest,
  }: {
    checks: Checks;
    isReady: () => boolean;
    routes: ReadonlyMap<string, Route>;
    rest: () => RequestHandler | undefined;
  },
): Promise<void> {
  const path = URL.parse(request.url ?? "/", "http://localhost")?.pathname;
  if (path === undefined) return send(response, 400, { error: `${request.url} is no path; write for example /readyz` });
  const handler = rest();
  if (handler && !OWN_PATHS.includes(path) && !routes.has(path)) return handler(request, response);
  // Not yet wired is not unknown: who meets a service that has just been started again asks again.
  if (!isReady() && !OWN_PATHS.includes(path))
    return send(response, 503, { error: "it starts; ask again in a moment" });
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, { error: "write GET" });
  if (path === "/healthz") return send(response, 200, { status: "alive" });
  if (path === "/readyz") {
    const failures = await runChecks(checks);
    const ready = isReady() && failures.length === 0;
    // The pid: who starts a service wants to know that it is that one who answers on its port.
    return send(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready", pid: process.pid, failures });
  }
  if (path === "/metrics") {
    return end(response, 200, metrics.registry.contentType, await metrics.registry.metrics());
  }
  const route = routes.get(path);
  if (!route)
    return send(response, 404, {
      error: `nothing at ${path}; see /healthz, /readyz, /metrics${[...routes.keys()].map((key) => `, ${key}`).join("")}`,
    });
  const { status, body } = await route(request);
  return send(response, status, body);
}

/** Checks that still run: one that hangs is not started a second time on top of itself. */
const running = new WeakMap<() => Promise<void>, Promise<void>>();

async function runChecks(checks: Checks): Promise<{ name: string; error: string }[]> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)),
        CHECK_TIMEOUT_MS,
      );
      try {
        await Promise.race([begin(check), late.promise]);
        return [];
      } catch (error) {
        return [{ name, error: error instanceof Error ? error.message : String(error) }];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return results.flat();
}

function begin(check: () => Promise<void>): Promise<void> {
  const known = running.get(check);
  if (known) return known;
  const started = (async () => check())().finally(() => running.delete(check));
  // Who waits for it hears of a failure; when it comes too late, nobody waits any more.
  started.catch(() => undefined);
  running.set(check, started);
  return started;
}

function send(response: EitherResponse, status: number, body: unknown): void {
  end(response, status, "application/json", `${JSON.stringify(body)}\n`);
}

function end(response: EitherResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent) return;
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.end(text);
}

async function listenFrom(server: Server, host: string, first: number): Promise<number> {
  for (let port = first; ; port += 1) {
    try {
      return await listenOn(server, host, port);
    } catch (error) {
      const isBusy = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isBusy || first === 0 || port >= first + 100) throw error;
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
