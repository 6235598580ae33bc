import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";

const CONNECT_TIMEOUT_MS = 10_000;
/** Probes on an idle connection: a function may run 15 minutes in silence, and routers forget a connection after as little as 350 s. */
const KEEP_ALIVE_MS = 30_000;

/** What an invocation asks of its connection; the AWS client passes it through. */
export interface InvokeOptions {
  abortSignal: AbortSignal;
  /** The whole request has left this machine: from now on the function may run. */
  onSent: () => void;
}

interface Signed {
  protocol: string;
  hostname: string;
  port?: number;
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/**
 * Carries invocations: one fresh connection each, because a kept one that the other side is just closing would leave unknown whether the
 * request arrived; no idle limit; and it says when a request is out, which the client's own handler does not.
 */
export function makeInvokeConnection(): NonNullable<LambdaClientConfig["requestHandler"]> {
  const agents = {
    http: new HttpAgent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY }),
    https: new HttpsAgent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY }),
  };
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(signed: Signed, options: Partial<InvokeOptions> = {}) {
      const isPlain = signed.protocol === "http:";
      const outgoing = (isPlain ? httpRequest : httpsRequest)({
        host: signed.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: signed.port,
        method: signed.method,
        path: signed.path + queryOf(signed),
        headers: signed.headers,
        agent: isPlain ? agents.http : agents.https,
      });
      const incoming = await send(outgoing, signed.body, isPlain ? "connect" : "secureConnect", options);
      return { response: { statusCode: incoming.statusCode ?? 0, headers: headersOf(incoming), body: incoming } };
    },
    destroy() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

async function send(
  outgoing: ClientRequest,
  body: unknown,
  connected: "connect" | "secureConnect",
  { abortSignal, onSent }: Partial<InvokeOptions>,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const late = setTimeout(
    () => outgoing.destroy(named("ETIMEDOUT", `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    CONNECT_TIMEOUT_MS,
  );
  const abort = () =>
    outgoing.destroy(
      abortSignal?.reason instanceof Error ? abortSignal.reason : new Error("the invocation was aborted"),
    );
  outgoing.once("socket", (socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once(connected, () => clearTimeout(late));
  });
  outgoing.once("finish", () => onSent?.());
  outgoing.once("response", resolve);
  outgoing.on("error", reject);
  outgoing.once("close", () => {
    clearTimeout(late);
    abortSignal?.removeEventListener("abort", abort);
  });
  abortSignal?.addEventListener("abort", abort, { once: true });
  if (abortSignal?.aborted) abort();
  outgoing.end(body instanceof Uint8Array || typeof body === "string" ? body : undefined);
  return await promise;
}

function named(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function queryOf({ query = {} }: Signed): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (each) => `${encodeURIComponent(key)}=${encodeURIComponent(each ?? "")}`,
    ),
  );
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
