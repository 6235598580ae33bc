import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { TLSSocket } from "node:tls";
import { within } from "../within.ts";
import { ApiError } from "./api-error.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { openLimit } from "./open-limit.ts";

/** Every call ends by this, whatever the server does; watches and logs have bounds of their own. */
const CALL_TIMEOUT_MS = 30_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface CallOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Query;
  body?: object;
  signal?: AbortSignal;
}

/** Calls to one API server. */
export interface ApiClient extends Disposable {
  /** The answer as JSON. @throws ApiError, KubeconfigError, or what the connection said */
  call<T = unknown>(path: string, options?: CallOptions): Promise<T>;
  /** An answer that goes on; `signal` ends it. */
  open(path: string, query: Query, signal: AbortSignal): Promise<http.IncomingMessage>;
  /** The end of the certificate that the server showed last. */
  serverCertificateExpiresAt(): Date | undefined;
}

export function makeApiClient(access: ClusterAccess): ApiClient {
  let certificateEnd: Date | undefined;

  async function send(path: string, { method = "GET", query = {}, body }: CallOptions, signal: AbortSignal) {
    const { server, headers, agent } = await within(access.basis(), CALL_TIMEOUT_MS, signal);
    signal.throwIfAborted();
    const url = new URL(`${server.pathname.replace(/\/$/, "")}${path}`, server);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const content = body && JSON.stringify(body);
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const request = (url.protocol === "http:" ? http : https).request(url, {
      method,
      agent,
      signal,
      headers: {
        ...headers,
        accept: "application/json",
        ...(content && { "content-type": contentType, "content-length": Buffer.byteLength(content) }),
      },
    });
    // What breaks after the answer has begun is read off the answer; without a listener it would end the process.
    request.on("error", () => undefined);
    const answered = once(request, "response") as Promise<[http.IncomingMessage]>;
    request.end(content);
    const [response] = await answered;
    noteCertificate(response);
    if ((response.statusCode ?? 500) < 300) return response;
    throw await refusal(response, `${method} ${path}`);
  }

  function noteCertificate(response: http.IncomingMessage): void {
    const socket = response.socket as Partial<TLSSocket>;
    const end = socket.getPeerCertificate?.().valid_to;
    if (end) certificateEnd = new Date(end);
  }

  async function refusal(response: http.IncomingMessage, what: string): Promise<ApiError> {
    const status = response.statusCode ?? 500;
    if (status === 401) access.doubt();
    return new ApiError(status, parseStatus(await text(response)), what);
  }

  return {
    async call<T>(path: string, options: CallOptions = {}) {
      using limit = openLimit(CALL_TIMEOUT_MS, options.signal);
      try {
        return JSON.parse(await text(await send(path, options, limit.signal))) as T;
      } catch (error) {
        throw limit.signal.aborted ? abortion(limit.signal) : error;
      }
    },
    async open(path, query, signal) {
      using limit = openLimit(CALL_TIMEOUT_MS, signal);
      try {
        const response = await send(path, { query }, limit.signal);
        // The time was for the answer to begin; from here on only whoever reads it ends it.
        const close = () => response.destroy();
        signal.addEventListener("abort", close, { once: true });
        response.once("close", () => signal.removeEventListener("abort", close));
        return response;
      } catch (error) {
        throw limit.signal.aborted ? abortion(limit.signal) : error;
      }
    },
    serverCertificateExpiresAt: () => certificateEnd,
    [Symbol.dispose]: () => access[Symbol.dispose](),
  };
}

/** Node says only "aborted"; why it was is in the signal. */
function abortion({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error("aborted");
}

async function text(response: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function parseStatus(body: string): { reason?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // A proxy in between answers in its own words.
  }
  return { message: body.slice(0, 500).trim() };
}
