import { DockerConfig } from "@hodei/contracts";
import type { ContainerInspectInfo } from "dockerode";
import { LRUCache } from "lru-cache";
import { makeExitQueue } from "../exit-queue.ts";
import {
  type AdapterContext,
  type Provider,
  type ProviderAdapter,
  StartError,
  type WorkerHandle,
  type WorkerSpec,
} from "../provider.ts";
import { within } from "../within.ts";
import { checkEngine } from "./check-engine.ts";
import { asStartError, statusOf } from "./classify-error.ts";
import { CALL_TIMEOUT_MS, connectDocker } from "./connect.ts";
import { exitOf, handleOf, nameOf } from "./container-exit.ts";
import { containerLogs } from "./container-logs.ts";
import { containerSpec, imageOf } from "./container-spec.ts";
import { LABELS, ownedBy } from "./labels.ts";
import { makeImagePuller } from "./pull-image.ts";
import { watchEngine } from "./watch-engine.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;

/** Workers are containers of a Docker engine. */
export const docker: ProviderAdapter<DockerConfig> = {
  parse: (config) => DockerConfig.parse(config),
  open: async (config, context) => openDockerProvider(config, context),
};

function openDockerProvider(config: DockerConfig, context: AdapterContext): Provider {
  const engine = connectDocker(config);
  const puller = makeImagePuller(engine, config);
  const exits = makeExitQueue();
  const owned = ownedBy(context.clusterId, context.providerId);
  /** Workers whose end was told, or which we removed: the engine tells twice, by an event and by the look after a reconnect. */
  const told = new LRUCache<string, true>({ max: 10_000 });

  async function inspect(name: string, signal?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      return await within(engine.getContainer(name).inspect(), CALL_TIMEOUT_MS, signal);
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  function isOurs(info: ContainerInspectInfo): boolean {
    return info.Config.Labels?.[LABELS.cluster] === context.clusterId;
  }

  async function tellEnd(name: string): Promise<void> {
    const info = await inspect(name);
    if (!info || !isOurs(info) || info.State.Running || info.State.Status === "created" || told.has(name)) return;
    told.set(name, true);
    exits.push(exitOf(info));
  }

  function tellRemoved(name: string): void {
    if (told.has(name)) return;
    told.set(name, true);
    const detail = "the container was removed from the engine by somebody else";
    exits.push({ name, resourceId: name, at: new Date(), failure: { code: "WORKER_LOST", detail } });
  }

  async function listOurs(): Promise<string[]> {
    const found = await within(engine.listContainers({ all: true, filters: JSON.stringify(owned) }), CALL_TIMEOUT_MS);
    return found.map((each) => each.Names[0]?.replace(/^\//, "") ?? each.Id);
  }

  /** Creates the container, or finds the one of that name: the answer to an earlier create may have been lost (I4). */
  async function create(
    worker: WorkerSpec,
    signal: AbortSignal,
  ): Promise<{ info: ContainerInspectInfo; adopted: boolean }> {
    const image = imageOf(worker, config);
    if (!image)
      throw new StartError("CONFIG_INVALID", "neither the job names an image nor the provider a default_image");
    try {
      await puller.ensure(image, signal);
      await within(engine.createContainer(containerSpec(worker, config, context)), CALL_TIMEOUT_MS, signal);
    } catch (error) {
      if (statusOf(error) !== CONFLICT) throw error;
      const info = await inspect(worker.name, signal);
      if (!info) throw error;
      if (!isOurs(info))
        throw new StartError("PROVIDER_ERROR", `a container named ${worker.name} is there already and is not ours`, {
          cause: error,
        });
      return { info, adopted: true };
    }
    const info = await inspect(worker.name, signal);
    if (!info) throw new StartError("WORKER_LOST", `the container ${worker.name} vanished after it was created`);
    return { info, adopted: false };
  }

  async function start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    try {
      const { info, adopted } = await create(worker, signal);
      if (info.State.Status !== "created") return handleOf(info, adopted);
      await within(engine.getContainer(worker.name).start(), CALL_TIMEOUT_MS, signal);
      return { name: worker.name, resourceId: info.Id, state: "running", adopted, startedAt: new Date() };
    } catch (error) {
      throw asStartError(error);
    }
  }

  async function ignoringGone(call: Promise<unknown>): Promise<void> {
    try {
      await within(call, CALL_TIMEOUT_MS);
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND && statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  async function removeOurs(info: ContainerInspectInfo): Promise<void> {
    told.set(nameOf(info), true);
    await ignoringGone(engine.getContainer(info.Id).remove({ v: true }));
  }

  return {
    check: (signal) => checkEngine(engine, signal),
    start,
    async *watch(signal) {
      const watching = watchEngine(
        engine,
        owned,
        {
          onConnected: async () => {
            for (const name of await listOurs()) await tellEnd(name);
          },
          onEnded: (name) => {
            tellEnd(name).catch((error: unknown) =>
              context.logger.warn({ err: error, worker: name }, "the end of a container could not be read"),
            );
          },
          onRemoved: tellRemoved,
        },
        context.logger,
        signal,
      );
      yield* exits.watch(signal);
      await watching;
    },
    logs: (name, position, signal) => containerLogs(engine, name, position, signal),
    async stop(name, graceSeconds) {
      const info = await inspect(name);
      if (!info || !isOurs(info)) return;
      if (info.State.Status === "created") return await removeOurs(info);
      const container = engine.getContainer(name);
      try {
        await within(container.stop({ t: graceSeconds }), CALL_TIMEOUT_MS + graceSeconds * 1000);
      } catch (error) {
        if (statusOf(error) === NOT_MODIFIED || statusOf(error) === NOT_FOUND) return;
        await ignoringGone(container.kill());
      }
    },
    async remove(name) {
      const info = await inspect(name);
      if (!info || !isOurs(info) || info.State.Running) return;
      await removeOurs(info);
    },
    async list(signal) {
      const names = await listOurs();
      const infos = await Promise.all(names.map((name) => inspect(name, signal)));
      return infos.flatMap((info) => (info ? [handleOf(info, true)] : []));
    },
    async [Symbol.asyncDispose]() {},
  };
}
