import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  clusterStatus,
  type Home,
  openHome,
  readClusterFile,
  SERVICES,
  startCluster,
  stopCluster,
} from "@hodei/local-cluster";
import { openStore } from "@hodei/store";
import { UsageError, UserError } from "../errors.ts";
import { colorState, printJson, printLine, printTable } from "../print.ts";
import { startProgress } from "../progress.ts";
import { addFirstProvider } from "../providers/first-provider.ts";
import { buildConsole } from "./build-console.ts";
import { ensureLocalToken, readLocalToken } from "./local-token.ts";

export async function up(): Promise<void> {
  const home = openHome();
  const before = await clusterStatus(home);
  if (before.every((each) => each.state === "ready")) {
    printLine(`already up: ${readClusterFile(home)?.apiUrl ?? ""}`);
    return;
  }
  const begun = performance.now();
  using progress = startProgress("the cluster starts");
  const [cluster] = await Promise.all([startCluster(home, progress.say), buildConsole(progress.say)]);
  await fillCluster(home, cluster.databaseUrl);
  progress.stop();
  printLine(`up in ${((performance.now() - begun) / 1000).toFixed(1)} s: ${cluster.apiUrl}, ${cluster.natsUrl}`);
  printLine("try: hodei run -- echo hi");
}

/** A fresh cluster can run something, this machine is its first provider; and its API has a token for other machines. */
async function fillCluster(home: Home, databaseUrl: string): Promise<void> {
  await using store = await openStore(databaseUrl, { applicationName: "hodei-up", maxConnections: 1 });
  await addFirstProvider(store, { name: "local", provider_type: "process", config: { type: "process" } });
  await ensureLocalToken(home, store);
}

export async function down(): Promise<void> {
  const stopped = await stopCluster(openHome());
  printLine(stopped.length > 0 ? `stopped: ${stopped.join(", ")}` : "nothing was running");
}

export async function status({ json }: { json?: boolean }): Promise<void> {
  const services = await clusterStatus(openHome());
  if (json) printJson({ services });
  else
    printTable(
      ["NAME", "STATE", "PID", "URL"],
      services.map((each) => [each.name, colorState(each.state), String(each.pid ?? ""), each.url ?? ""]),
    );
  if (services.some((each) => each.state !== "ready")) process.exitCode = 1;
}

export async function env({ json }: { json?: boolean }): Promise<void> {
  const variables = environment();
  if (json) return printJson(variables);
  for (const [name, value] of Object.entries(variables)) printLine(`export ${name}='${value}'`);
}

function environment(): Record<string, string> {
  const home = openHome();
  const cluster = readClusterFile(home);
  if (!cluster) throw new UserError("there is no local cluster in this folder; start one with: hodei up");
  const url = new URL(cluster.databaseUrl);
  return {
    HODEI_DATABASE_URL: cluster.databaseUrl,
    HODEI_NATS_URL: cluster.natsUrl,
    HODEI_API_URL: cluster.apiUrl,
    HODEI_TOKEN: readLocalToken(home),
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGDATABASE: url.pathname.slice(1),
    PGPASSWORD: decodeURIComponent(url.password),
  };
}

export async function logs(service: string | undefined, { follow }: { follow?: boolean }): Promise<void> {
  const home = openHome();
  const known = [...SERVICES, "postgres", "nats"];
  if (service !== undefined && !known.includes(service))
    throw new UsageError(`"${service}" is no service; write one of ${known.join(", ")}`);
  const files = (service ? [service] : [...SERVICES])
    .map((name) => home.in("logs", `${name}.log`))
    .filter((path) => existsSync(path));
  if (files.length === 0) throw new UserError("there is no log yet; start the cluster with: hodei up");
  const tail = spawn("tail", ["-q", "-n", "200", ...(follow ? ["-F"] : []), ...files], {
    stdio: ["ignore", "inherit", "ignore"],
  });
  // Who ends this by a signal ends the follower too.
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, () => tail.kill(signal));
  await once(tail, "exit");
}
