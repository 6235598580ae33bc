import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { KubernetesConfig } from "@hodei/contracts";
import { KubeConfig } from "@kubernetes/client-node";
import { KubeconfigError } from "./api-error.ts";

/** What a request needs to reach the API server as the account that the configuration names. */
interface RequestBasis {
  server: URL;
  headers: Record<string, string>;
  agent: http.Agent;
}

export interface ClusterAccess extends Disposable {
  /** Reads what is to be read (a token file, an exec plug-in) at the moment of use. @throws KubeconfigError */
  basis(): Promise<RequestBasis>;
  /** The certificates that stand in the kubeconfig. @throws KubeconfigError */
  certificates(): { client?: Buffer; authority?: Buffer };
  /** The next use reads the kubeconfig again: its credentials were refused. */
  doubt(): void;
}

type Tls = Pick<https.AgentOptions, "ca" | "cert" | "key" | "pfx" | "passphrase" | "rejectUnauthorized" | "servername">;

/**
 * Who we are and where the cluster is, as `KubeConfig` of @kubernetes/client-node reads it. The connections are kept here: its own clients
 * make a new TLS agent for every request (2.0.1), which costs a handshake each time.
 */
export function openClusterAccess(config: KubernetesConfig): ClusterAccess {
  let loaded: { kubeConfig: KubeConfig; version: string } | undefined;
  let kept: { key: string; agent: http.Agent } | undefined;

  function kubeConfig(): KubeConfig {
    const version = versionOf(config);
    if (loaded?.version !== version) loaded = { kubeConfig: loadKubeConfig(config), version };
    return loaded.kubeConfig;
  }

  function agentFor(server: URL, tls: Tls): http.Agent {
    const key = JSON.stringify([server.origin, Object.values(tls).map(String)]);
    if (kept?.key === key) return kept.agent;
    // Requests under way keep their connections; these close by themselves when they are idle.
    kept = {
      key,
      agent:
        server.protocol === "http:"
          ? new http.Agent({ keepAlive: true })
          : new https.Agent({ ...tls, keepAlive: true }),
    };
    return kept.agent;
  }

  return {
    async basis() {
      const current = kubeConfig();
      const cluster = current.getCurrentCluster();
      if (!cluster) throw new KubeconfigError("the kubeconfig names no cluster for its context");
      const server = new URL(cluster.server);
      const options: https.RequestOptions = {};
      await current.applyToHTTPSOptions(options);
      const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
      const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } as Tls;
      const headers = { ...(options.headers as Record<string, string> | undefined) };
      if (options.auth) headers["Authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
      // A proxy has an agent of its own kind, which client-node keeps.
      const agent = cluster.proxyUrl ? (options.agent as http.Agent) : agentFor(server, tls);
      return { server, headers, agent };
    },
    certificates() {
      const current = kubeConfig();
      const [user, cluster] = [current.getCurrentUser(), current.getCurrentCluster()];
      const client = material(user?.certData, user?.certFile);
      const authority = material(cluster?.caData, cluster?.caFile);
      return { ...(client && { client }), ...(authority && { authority }) };
    },
    doubt() {
      loaded = undefined;
    },
    [Symbol.dispose]: () => kept?.agent.destroy(),
  };
}

function loadKubeConfig(config: KubernetesConfig): KubeConfig {
  const kubeConfig = new KubeConfig();
  const path = config.kubeconfig_path;
  if (!path) {
    if (!process.env["KUBERNETES_SERVICE_HOST"])
      throw new KubeconfigError(
        "kubeconfig_path is null, which means in-cluster, but this process runs in no cluster (KUBERNETES_SERVICE_HOST is not set); write the path of a kubeconfig",
      );
    kubeConfig.loadFromCluster();
    return kubeConfig;
  }
  try {
    kubeConfig.loadFromFile(path);
  } catch (error) {
    throw new KubeconfigError(`kubeconfig_path ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const contexts = kubeConfig.getContexts().map(({ name }) => name);
  const wanted = config.context ?? kubeConfig.getCurrentContext();
  if (!contexts.includes(wanted))
    throw new KubeconfigError(
      `the kubeconfig ${path} has no context ${JSON.stringify(wanted)}; write one of ${contexts.join(", ") || "(it has none)"}`,
    );
  kubeConfig.setCurrentContext(wanted);
  return kubeConfig;
}

/** Moves when the file is written anew: rotated credentials are used without a restart. */
function versionOf({ kubeconfig_path }: KubernetesConfig): string {
  if (!kubeconfig_path) return "in-cluster";
  // One that is not there is said by whoever reads it.
  const stats = statSync(kubeconfig_path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs}.${stats.size}.${stats.ino}` : "absent";
}

function material(data: string | undefined, file: string | undefined): Buffer | undefined {
  if (data) return Buffer.from(data, "base64");
  if (!file) return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    throw new KubeconfigError(`${file}, which the kubeconfig names, cannot be read`, { cause: error });
  }
}
