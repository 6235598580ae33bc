import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Account, type Grant, mayAccess, refuse } from "./access.ts";
import type { Authority, KeyPair } from "./certificates.ts";
import { accessOf, readBody, readRequest } from "./read-request.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { type ServeParts, send, serveResource } from "./serve-resource.ts";
import { methodNotAllowed, StatusError, unauthorized } from "./status.ts";
import { checkFields } from "./strict-fields.ts";

/** How the server behaves, beyond what is asked of it. */
export interface ServerMood {
  /** Accepts connections and never answers. */
  isHung: boolean;
  delayMs: number;
  /** The next so many requests are answered with this. */
  failures: StatusError[];
  /** So many requests are carried out whose answers are then lost with their connection. */
  loseAnswers: number;
  /** Of `/version`. */
  minor: string;
}

export interface ApiServerParts extends ServeParts {
  authority: Authority;
  pair: KeyPair;
  tokens: ReadonlyMap<string, Account>;
  grants: readonly Grant[];
  mood: ServerMood;
  /** Each access that was used, as `verb group/resource/subresource`. */
  used: Set<string>;
}

export interface ApiServer {
  readonly url: string;
  /** Connections that were made, in all. */
  readonly connections: number;
  start(): Promise<void>;
  /** Refuses connections from now on and breaks those there are. */
  stop(): Promise<void>;
}

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** The HTTPS side: who asks, may they, what is asked. */
export function makeApiServer(parts: ApiServerParts): ApiServer {
  const { authority, pair, mood } = parts;
  const sockets = new Set<Duplex>();
  let server: Server | undefined;
  let port = 0;
  let connections = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mood.isHung) return;
    if (mood.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, mood.delayMs));
    try {
      const failure = mood.failures.shift();
      if (failure) throw failure;
      const isLost = request.method === "POST" && mood.loseAnswers > 0;
      if (isLost) mood.loseAnswers -= 1;
      if (isLost) response.end = () => response.destroy();
      await route(request, response);
    } catch (error) {
      const status =
        error instanceof StatusError
          ? error
          : new StatusError(500, "InternalError", `Internal error occurred: ${String(error)}`);
      if (!response.headersSent) send(response, status.code, status.body());
      else response.destroy();
    }
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://server");
    if (url.pathname === "/version")
      return send(response, 200, { major: "1", minor: mood.minor, gitVersion: `v1.${mood.minor}.0` });
    const account = authenticate(request, parts);
    if (url.pathname === REVIEWS) return send(response, 201, await review(request, account, parts.grants));
    const asked = readRequest(request.method ?? "GET", url);
    const access = accessOf(asked);
    if (!mayAccess(account, parts.grants, access)) throw refuse(account, RESOURCE_TYPES[asked.resource], access);
    parts.used.add(
      `${access.verb} ${access.group}/${access.resource}${access.subresource ? `/${access.subresource}` : ""}`,
    );
    await serveResource(parts, asked, request, response);
  }

  return {
    get url() {
      return `https://127.0.0.1:${port}`;
    },
    get connections() {
      return connections;
    },
    async start() {
      if (server) return;
      const options = { ...pair, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
      const next = createServer(options, (request, response) => void answer(request, response));
      next.on("secureConnection", (socket) => {
        connections += 1;
        socket.on("error", () => socket.destroy());
      });
      next.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      next.listen(port, "127.0.0.1");
      await once(next, "listening");
      port = (next.address() as AddressInfo).port;
      server = next;
    },
    async stop() {
      const current = server;
      server = undefined;
      if (!current) return;
      const closed = once(current, "close");
      current.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A bearer token, else a client certificate of our authority: its common name is the user, its organisations the groups. */
function authenticate({ headers, socket }: IncomingMessage, { tokens }: ApiServerParts): Account {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  const known = token === undefined ? undefined : tokens.get(token);
  if (known) return known;
  const tls = socket as TLSSocket;
  const { subject } = tls.getPeerCertificate();
  if (token !== undefined || !tls.authorized || !subject) throw unauthorized();
  return { name: String(subject.CN), groups: [subject.O ?? []].flat() };
}

async function review(request: IncomingMessage, account: Account, grants: readonly Grant[]): Promise<object> {
  if (request.method !== "POST") throw methodNotAllowed();
  const body = await readBody(request);
  checkFields("SelfSubjectAccessReview", body);
  const { resourceAttributes: asked } = body["spec"] as { resourceAttributes: Record<string, string> };
  const { verb = "", group = "", resource = "", subresource, namespace, name } = asked;
  const allowed = mayAccess(account, grants, { verb, group, resource, subresource, namespace, name });
  return { ...body, status: { allowed, ...(allowed && { reason: "RBAC: allowed" }) } };
}
