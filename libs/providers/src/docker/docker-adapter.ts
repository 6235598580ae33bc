import { DockerConfig } from "@hodei/contracts";
import { type AdapterContext, type Provider, type ProviderAdapter, StartError } from "../provider.ts";
import { checkEngine } from "./check-engine.ts";
import { connectDocker, type EngineConnection } from "./connect.ts";
import { makeContainerEnds } from "./container-ends.ts";
import { containerLogs } from "./container-logs.ts";
import { ownedBy } from "./labels.ts";
import { logFilesOf } from "./log-limits.ts";
import { lookAtEngine } from "./look-at-engine.ts";
import { makeImagePuller } from "./pull-image.ts";
import { makeWarmPool } from "./warm/warm-pool.ts";
import { watchEngine } from "./watch-engine.ts";
import { makeWorkerContainers } from "./worker-containers.ts";

const LOOK_EVERY_MS = 30_000;

/** Workers are containers of a Docker engine. */
export const docker: ProviderAdapter<DockerConfig> = {
  parse: (config) => DockerConfig.parse(config),
  open: async (config, context) => openDockerProvider(config, context),
};

/** `lookEveryMs`: how often the engine is looked at beside its events. */
export function openDockerProvider(
  config: DockerConfig,
  context: AdapterContext,
  { lookEveryMs = LOOK_EVERY_MS } = {},
): Provider {
  const connection = connectOrSay(config);
  if (connection instanceof StartError) return unusable(connection);
  const engine = connection.docker;
  const { logger } = context;
  const puller = makeImagePuller(engine, config, logger);
  const pool = makeWarmPool({ docker: engine, config, context, puller });
  const ends = makeContainerEnds();
  const containers = makeWorkerContainers({ docker: engine, config, context, puller, pool, ends });
  const owned = ownedBy(context.clusterId, context.providerId);
  const look = () => lookAtEngine({ docker: engine, containers, pool, ends, logger });

  return {
    check: (signal) => checkEngine(() => connection, signal),
    start: containers.start,
    async *watch(signal) {
      pool.open();
      const listener = {
        look,
        onEnded: (name: string, id: string) => {
          if (!containers.isWorker(name)) return pool.ended(id);
          containers.tellEnd(id, true).catch((error: unknown) => {
            // The next look finds it.
            logger.warn({ err: error, container: id }, "the end of a container could not be read");
          });
        },
        onRemoved: (name: string, id: string) => {
          if (containers.isWorker(name)) ends.vanished(id, name);
        },
        onKilled: (id: string, sent: number) => ends.killed(id, sent),
      };
      const watching = watchEngine(engine, owned, listener, { logger, signal, lookEveryMs });
      yield* ends.watch(signal);
      await watching;
    },
    logs: (name, position, signal) =>
      containerLogs(
        { docker: engine, name, say: containers.progressOf(name), logger, signal },
        position,
        logFilesOf(config),
      ),
    stop: containers.stop,
    remove: containers.remove,
    list: containers.list,
    retire: async () => await pool[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      connection[Symbol.dispose]();
    },
  };
}

function connectOrSay(config: DockerConfig): EngineConnection | StartError {
  try {
    return connectDocker(config);
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
}

/** A provider whose configuration names what cannot be read here: a check and a start say so. */
function unusable(error: StartError): Provider {
  const refuse = async () => {
    throw error;
  };
  return {
    check: (signal) =>
      checkEngine(() => {
        throw error;
      }, signal),
    start: refuse,
    watch: (signal) => makeContainerEnds().watch(signal),
    logs: () => {
      throw error;
    },
    stop: refuse,
    remove: refuse,
    list: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
