import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { migrate } from "@hodei/store";
import { withHomeLock, withStartTurn } from "./cluster-locks.ts";
import { findFreePort } from "./free-port.ts";
import type { Home } from "./home.ts";
import { findManaged, lastLogLines, startManaged, stopManaged } from "./managed-process.ts";
import { startNats, stopNats } from "./nats-server.ts";
import { startPostgres, stopPostgres } from "./postgres.ts";
import { COMPILE_CACHE, NODE_ARGUMENTS } from "./service-node.ts";

export const SERVICES = ["registry", "selector", "health", "provisioner"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How to reach a local cluster: written by `up`, read by everybody else. */
export interface ClusterFile {
  databaseUrl: string;
  natsUrl: string;
  apiUrl: string;
  ports: Record<string, number>;
}

export interface ServiceStatus {
  name: string;
  url: string | null;
  pid: number | null;
  state: "ready" | "starting" | "stopped";
}

const READY_MS = 30_000;
const MOST_TRIES = 3;
const PREFERRED_PORTS: Readonly<Record<string, number>> = {
  postgres: 5432,
  nats: 4222,
  registry: 8080,
  selector: 8081,
  health: 8082,
  provisioner: 8083,
};
const LOOPBACK_ONLY = ["HODEI_TLS_CERT", "HODEI_TLS_KEY", "HODEI_TLS_CLIENT_CA", "HODEI_TLS_CLIENT_ROLES"];
const SERVICES_DIRECTORY = fileURLToPath(new URL("../../../services/", import.meta.url));

/** What `up` wrote; `undefined` when there never was a cluster in this home. */
export function readClusterFile(home: Home): ClusterFile | undefined {
  const path = home.in("cluster.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ClusterFile) : undefined;
}

/**
 * Brings PostgreSQL, NATS, the schema and the four services up; returns when all are ready. What of this home ran before is stopped first.
 * @throws when another process starts or stops the same home, or with the end of the log of what did not start
 */
export async function startCluster(home: Home, say: (line: string) => void): Promise<ClusterFile> {
  return await withHomeLock(home, async () => {
    await stopAll(home);
    return await withStartTurn(() => startOnFreePorts(home, say));
  });
}

async function startOnFreePorts(home: Home, say: (line: string) => void): Promise<ClusterFile> {
  for (let tries = 1; ; tries += 1) {
    const ports = await choosePorts(home, say);
    try {
      return await startAll(home, ports, say);
    } catch (error) {
      await stopAll(home);
      // Somebody may have taken a port between the look and the start; anything else fails again.
      const isLostRace = (await Promise.all(Object.values(ports).map(isBusy))).includes(true);
      if (!isLostRace || tries === MOST_TRIES) throw error;
    }
  }
}

async function choosePorts(home: Home, say: (line: string) => void): Promise<Record<string, number>> {
  const known = readClusterFile(home)?.ports ?? {};
  const ports: Record<string, number> = {};
  for (const [name, preferred] of Object.entries(PREFERRED_PORTS)) {
    const wanted = known[name] ?? preferred;
    const taken = new Set(Object.values(ports));
    let port = await findFreePort(wanted);
    while (taken.has(port)) port = await findFreePort(port + 1);
    if (port !== wanted) say(`port ${wanted} is busy: ${name} is on ${port}`);
    ports[name] = port;
  }
  return ports;
}

async function isBusy(port: number): Promise<boolean> {
  return (await findFreePort(port)) !== port;
}

async function startAll(home: Home, ports: Record<string, number>, say: (line: string) => void): Promise<ClusterFile> {
  // Both have to come to an end before one may fail: what is stopped then must not start a moment later.
  const servers = [startPostgres(home, ports["postgres"] ?? 0, say), startNats(home, ports["nats"] ?? 0, say)] as const;
  await Promise.allSettled(servers);
  const [postgres, nats] = await Promise.all(servers);
  const cluster: ClusterFile = {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    apiUrl: `http://127.0.0.1:${ports["registry"]}`,
    ports,
  };
  writeFileSync(home.in("cluster.json"), `${JSON.stringify(cluster, null, 2)}\n`, { mode: 0o600 });
  const applied = await migrate(cluster.databaseUrl);
  if (applied.length > 0) say(`database migrated (${applied.length} files)`);
  for (const service of SERVICES) startService(home, cluster, service);
  await Promise.all(SERVICES.map((service) => untilReady(home, cluster, service)));
  return cluster;
}

/** Starts one service in the background, with the settings of this cluster over those of the caller. */
export function startService(home: Home, cluster: ClusterFile, service: ServiceName): void {
  startManaged(home, service, {
    command: process.execPath,
    args: [...NODE_ARGUMENTS, `${SERVICES_DIRECTORY}${service}/src/main.ts`],
    env: {
      ...COMPILE_CACHE,
      ...process.env,
      HODEI_DATABASE_URL: cluster.databaseUrl,
      HODEI_NATS_URL: cluster.natsUrl,
      HODEI_HOME: home.path,
      // A local cluster is on loopback, and who waits for it asks by plain HTTP.
      ...Object.fromEntries(LOOPBACK_ONLY.map((name) => [name, ""])),
      HODEI_ALLOW_SIMULATED: process.env["HODEI_ALLOW_SIMULATED"] ?? "1",
      [`HODEI_${service.toUpperCase()}_PORT`]: String(cluster.ports[service]),
    },
  });
}

/** Stops the services first, then what they stand on. Workers go on. @returns what was running */
export async function stopCluster(home: Home): Promise<string[]> {
  return await withHomeLock(home, () => stopAll(home));
}

async function stopAll(home: Home): Promise<string[]> {
  const stopped = await Promise.all(
    SERVICES.map(async (name) => ((await stopManaged(home, name, "SIGTERM", 11_000)) ? [name] : [])),
  );
  const [nats, postgres] = await Promise.all([stopNats(home), stopPostgres(home)]);
  return [...stopped.flat(), ...(nats ? ["nats"] : []), ...(postgres ? ["postgres"] : [])];
}

/** Each part of the cluster and whether it answers. */
export async function clusterStatus(home: Home): Promise<ServiceStatus[]> {
  const cluster = readClusterFile(home);
  const servers: ServiceStatus[] = [
    serverStatus(home, "postgres", cluster && redact(cluster.databaseUrl)),
    serverStatus(home, "nats", cluster?.natsUrl),
  ];
  const services = await Promise.all(SERVICES.map((service) => serviceStatus(home, cluster, service)));
  return [...servers, ...services];
}

function serverStatus(home: Home, name: string, url: string | undefined): ServiceStatus {
  const managed = findManaged(home, name);
  return {
    name,
    url: url ?? null,
    pid: managed?.isRunning ? managed.pid : null,
    state: managed?.isRunning ? "ready" : "stopped",
  };
}

async function serviceStatus(home: Home, cluster: ClusterFile | undefined, name: ServiceName): Promise<ServiceStatus> {
  const managed = findManaged(home, name);
  const url = cluster ? `http://127.0.0.1:${cluster.ports[name]}` : null;
  if (!managed?.isRunning || !url) return { name, url, pid: null, state: "stopped" };
  return { name, url, pid: managed.pid, state: (await askReady(url)) === managed.pid ? "ready" : "starting" };
}

async function untilReady(home: Home, cluster: ClusterFile, service: ServiceName): Promise<void> {
  const port = cluster.ports[service];
  for (const deadline = performance.now() + READY_MS; performance.now() < deadline; ) {
    const managed = findManaged(home, service);
    if (!managed?.isRunning) break;
    const pid = await askReady(`http://127.0.0.1:${port}`);
    if (pid === managed.pid) return;
    if (pid !== undefined) throw new Error(`port ${port} of ${service} was taken by process ${pid}`);
    await sleep(30);
  }
  throw new Error(`${service} did not get ready; the end of its log:\n${lastLogLines(home, service)}`);
}

/** The pid of the service that is ready there: with several clusters on a machine it may be another one's. */
async function askReady(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? ((await response.json()) as { pid: number }).pid : undefined;
  } catch {
    // It does not answer yet, or not as a service does: that is the answer.
    return undefined;
  }
}

function redact(url: string): string {
  return url.replace(/:[^:@/]*@/, ":***@");
}
