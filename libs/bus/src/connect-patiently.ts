import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@hodei/telemetry";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";

/** How to prove who we are. Secrets are functions: asked at each connect, held nowhere (design I6). */
export interface BusAuth {
  user?: string;
  password?: () => string;
  token?: () => string;
  /** Content of a `.creds` file. */
  credentials?: () => Uint8Array;
  tls?: { caFile?: string; certFile?: string; keyFile?: string };
}

export interface ConnectPatientlyOptions {
  /** `nats://host:port`, several separated by commas; a user and password in the first count when `auth` has none. */
  url: string;
  name: string;
  logger: Logger;
  auth?: BusAuth;
}

/** Where the answers to a service come in: a prefix of its own, so that permissions can keep everybody else from listening there. */
export function inboxPrefixOf(name: string): string {
  return `_HODEI_INBOX.${name}`;
}

/** Waits for the server as long as it takes; an outage at the start is logged once at each end. */
export async function connectPatiently({
  url,
  name,
  logger,
  auth = {},
}: ConnectPatientlyOptions): Promise<NatsConnection> {
  const options = connectionOptions({ url, name, auth });
  for (let tries = 0; ; tries += 1) {
    try {
      const connection = await connect({
        ...options,
        maxReconnectAttempts: -1,
        // A password that is being changed must not end a service for good.
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        pingInterval: 10_000,
      });
      if (tries > 0) logger.info("NATS answers now");
      return connection;
    } catch (error) {
      if (tries === 0)
        logger.warn({ err: error }, `NATS at ${options.servers.join(", ")} does not answer yet; waiting for it`);
      await sleep(Math.min(2_000, 100 * 2 ** Math.min(tries, 6)));
    }
  }
}

/** What a connection needs whoever makes it: where, as whom, and how safely. */
export function connectionOptions({ url, name, auth = {} }: Omit<ConnectPatientlyOptions, "logger">) {
  const servers = url.split(",").map((server) => server.trim());
  const authenticators = authenticatorsOf(auth, servers[0] ?? "");
  return {
    servers: servers.map(withoutCredentials),
    name: `hodei-${name}`,
    inboxPrefix: inboxPrefixOf(name),
    timeout: 5_000,
    noAsyncTraces: true,
    ...(auth.tls && { tls: auth.tls }),
    ...(authenticators.length > 0 && { authenticator: authenticators }),
  };
}

/** JetStream may come up after the server does. */
export async function managerPatiently(connection: NatsConnection, logger: Logger): Promise<JetStreamManager> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await jetstreamManager(connection);
    } catch (error) {
      if (tries === 0)
        logger.warn({ err: error }, "JetStream does not answer yet; start nats-server with JetStream enabled (-js)");
      await sleep(Math.min(2_000, 100 * 2 ** Math.min(tries, 6)));
    }
  }
}

function authenticatorsOf(auth: BusAuth, firstServer: string): Authenticator[] {
  const { username, password } = new URL(firstServer);
  if (auth.credentials) return [credsAuthenticator(auth.credentials)];
  if (auth.token) return [tokenAuthenticator(auth.token)];
  if (auth.user) return [usernamePasswordAuthenticator(auth.user, auth.password ?? "")];
  if (username && !password) return [tokenAuthenticator(decodeURIComponent(username))];
  if (username) return [usernamePasswordAuthenticator(decodeURIComponent(username), decodeURIComponent(password))];
  return [];
}

/** `tls://host:4222`: what may be logged, and what the library takes. */
function withoutCredentials(server: string): string {
  return server.replace(/^([a-z]+:\/\/)[^/@]*@/, "$1");
}
