import { clusterStatus, openHome, readClusterFile, SERVICES, type ServiceStatus } from "@hodei/local-cluster";
import { readSessions, type Store } from "@hodei/store";
import type { Finding } from "./finding.ts";

/** The four services: of a local cluster by asking each, of any other by who is connected to its database. */
export async function* examineServices(databaseUrl: string, store: Store | undefined): AsyncGenerator<Finding> {
  const home = openHome();
  if (readClusterFile(home)?.databaseUrl === databaseUrl) {
    for (const status of await clusterStatus(home)) yield await localFinding(status);
    return;
  }
  if (!store) return;
  const sessions = await readSessions(store.pool);
  for (const service of SERVICES) {
    const listening = service === "registry" ? (sessions.get("hodei-listen-hodei_provider_changed") ?? 0) : 0;
    const connections = (sessions.get(`hodei-${service}`) ?? 0) + listening;
    if (connections > 0) {
      yield { area: "services", severity: "ok", text: `${service} is connected (${connections} sessions)` };
      continue;
    }
    yield {
      area: "services",
      severity: "problem",
      text: `no ${service} is connected to this database`,
      cause: `no ${service} runs, it cannot reach PostgreSQL, or this user may not see its sessions`,
      fix: `start one, and look at its /readyz and its log`,
      commands: [`hodei logs ${service}`],
    };
  }
}

async function localFinding({ name, state, url, pid }: ServiceStatus): Promise<Finding> {
  if (state === "ready") return { area: "services", severity: "ok", text: `${name} is ready (pid ${pid})` };
  const isOver = state === "stopped";
  const failures = isOver || !url?.startsWith("http") ? "" : await readyFailures(url);
  return {
    area: "services",
    severity: "problem",
    text: `${name} is ${isOver ? "not running" : `not ready${failures && `: ${failures}`}`}`,
    cause: isOver ? "it was stopped, or it ended by itself" : "it waits for what it stands on, or is busy",
    fix: isOver ? "start the cluster; its log says why it ended" : "mend what it names; it goes on by itself",
    commands: isOver ? ["hodei up", `hodei logs ${name}`] : [`hodei logs ${name}`],
  };
}

/** What `/readyz` says is missing. */
async function readyFailures(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    const { failures = [] } = (await response.json()) as { failures?: { name: string; error: string }[] };
    return failures.map(({ name, error }) => `${name}: ${error}`).join("; ");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
