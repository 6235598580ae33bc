import { KubernetesConfig } from "@hodei/contracts";
import type { AdapterContext, Provider, ProviderAdapter } from "../provider.ts";
import { makeApiClient } from "./api-client.ts";
import { checkCluster } from "./check-cluster.ts";
import { openClusterAccess } from "./cluster-access.ts";
import { clusterPaths } from "./cluster-paths.ts";
import { followEnds } from "./follow-ends.ts";
import { ownedBy } from "./labels.ts";
import { listAndWatch } from "./list-and-watch.ts";
import { makePodLogs } from "./pod-logs.ts";
import { startWorker } from "./start-worker.ts";
import { removeWorker, stopWorker } from "./stop-worker.ts";
import { makeWorkerCache } from "./worker-cache.ts";
import { handleOf } from "./worker-end.ts";
import { makeWorkerObjects } from "./worker-objects.ts";

/** Workers are `batch/v1` Jobs in one namespace of a Kubernetes cluster. */
export const kubernetes: ProviderAdapter<KubernetesConfig> = {
  parse: (config) => KubernetesConfig.parse(config),
  open: async (config, context) => openKubernetesProvider(config, context),
};

function openKubernetesProvider(config: KubernetesConfig, context: AdapterContext): Provider {
  const access = openClusterAccess(config);
  const api = makeApiClient(access);
  const paths = clusterPaths(config.namespace);
  const objects = makeWorkerObjects(api, paths, context);
  const closing = new AbortController();
  const ends = followEnds({ objects, context }, closing.signal);
  const cache = makeWorkerCache((view) => ends.look(view));
  const logs = makePodLogs({ api, paths, objects, cache });
  let watching: Promise<unknown> | undefined;

  /** One set of watches for all workers, from the first use on: a provider that is opened for a health check watches nothing. */
  function follow(): void {
    const { logger } = context;
    const options = { watchSeconds: config.watch_timeout_seconds, logger, signal: closing.signal };
    const labelSelector = ownedBy(context);
    watching ??= Promise.all([
      listAndWatch(api, { path: paths.jobs, labelSelector, ...cache.jobs }, options),
      listAndWatch(api, { path: paths.pods, labelSelector, ...cache.pods }, options),
      // Events carry none of our labels; only those about our objects are kept.
      listAndWatch(api, { path: paths.events, ...cache.events }, options),
    ]);
  }

  return {
    check: (signal) => checkCluster({ api, access, paths, config }, signal),
    async start(worker, signal) {
      follow();
      return await startWorker({ objects, cache, config, context }, worker, signal);
    },
    async *watch(signal) {
      follow();
      yield* ends.watch(signal);
    },
    logs(name, position, signal) {
      follow();
      return logs(name, position, signal);
    },
    stop(name, graceSeconds) {
      follow();
      return stopWorker({ objects, cache, ends }, name, graceSeconds, closing.signal);
    },
    remove: (name) => removeWorker({ objects, cache, ends }, name, closing.signal),
    list: async (signal) => (await objects.list(signal)).map((view) => handleOf(view, true)),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watching;
      api[Symbol.dispose]();
    },
  };
}
