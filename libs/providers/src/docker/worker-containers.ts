import type { DockerConfig } from "@hodei/contracts";
import type Docker from "dockerode";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { LRUCache } from "lru-cache";
import { type AdapterContext, type Provider, StartError, type WorkerHandle, type WorkerSpec } from "../provider.ts";
import { within } from "../within.ts";
import { askEngine, CALL_TIMEOUT_MS } from "./ask-engine.ts";
import { asStartError, statusOf } from "./classify-error.ts";
import type { ContainerEnds } from "./container-ends.ts";
import { adoptedHandle, listedHandle, listedName } from "./container-exit.ts";
import { containerSpec, imageOf } from "./container-spec.ts";
import { createContainer } from "./create-container.ts";
import { isWarmName, LABELS, ownedBy } from "./labels.ts";
import type { ImagePuller } from "./pull-image.ts";
import { startWarmWorker } from "./warm/start-warm-worker.ts";
import { wasNeverTold } from "./warm/warm-container.ts";
import type { WarmPool } from "./warm/warm-pool.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** Longest of all starts: a pull takes longest, and has its own bound. */
const START_TIMEOUT_MS = 25 * 60 * 60 * 1000;
/** Workers whose job's log is known here, at most. */
const PROGRESS_KEPT = 10_000;

/** The containers of one provider: each call of `Provider` that is about one of them, or all. */
export interface WorkerContainers extends Pick<Provider, "start" | "stop" | "remove" | "list"> {
  /** Everything of ours, warm ones included. */
  listAll(signal?: AbortSignal): Promise<ContainerInfo[]>;
  tellEnd(id: string, wasHeard: boolean): Promise<void>;
  isWorker(name: string): boolean;
  /** Says a line to the log of a worker's job. */
  progressOf(name: string): (line: string) => void;
}

export interface WorkerContainersOptions {
  docker: Docker;
  config: DockerConfig;
  context: AdapterContext;
  puller: ImagePuller;
  pool: WarmPool;
  ends: ContainerEnds;
}

export function makeWorkerContainers(options: WorkerContainersOptions): WorkerContainers {
  const { docker, config, context, puller, pool, ends } = options;
  const filters = JSON.stringify(ownedBy(context.clusterId, context.providerId));
  const emulated = config.capabilities?.architecture;
  const progress = new LRUCache<string, WorkerSpec["progress"]>({ max: PROGRESS_KEPT });
  /** Starts under way at the engine, by name: they go on when their caller has given up, and a stop has to wait for them. */
  const starting = new Map<string, Promise<unknown>>();

  async function inspect(nameOrId: string, signal?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      const container = docker.getContainer(nameOrId);
      return await askEngine((abortSignal) => container.inspect({ abortSignal }), { signal });
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  function isOurs(info: ContainerInspectInfo): boolean {
    return info.Config.Labels?.[LABELS.cluster] === context.clusterId;
  }

  /** Success where it is gone already, or was so already. */
  async function settled(call: (abortSignal: AbortSignal) => Promise<unknown>, timeoutMs?: number): Promise<void> {
    try {
      await askEngine(call, { ...(timeoutMs !== undefined && { timeoutMs }) });
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND && statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  async function removeById(id: string): Promise<void> {
    ends.settle(id);
    await settled((abortSignal) => docker.getContainer(id).remove({ v: true, abortSignal }));
  }

  /** Creates the container; only when the engine has not got the image is it pulled. */
  async function create(worker: WorkerSpec, signal: AbortSignal): Promise<string> {
    const image = imageOf(worker, config);
    if (!image)
      throw new StartError("CONFIG_INVALID", "neither the job names an image nor the provider a default_image");
    const spec = containerSpec(worker, config, context);
    try {
      return await createContainer(docker, worker.name, spec, emulated);
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND || !/no such image/i.test(String(error))) throw error;
    }
    await puller.pull(image, worker.progress, signal);
    return await createContainer(docker, worker.name, spec, emulated);
  }

  /** The container of that name: the answer to an earlier create may have been lost (I4). */
  async function adopt(worker: WorkerSpec, conflict: unknown): Promise<WorkerHandle | "never told"> {
    const info = await inspect(worker.name);
    if (!info) throw conflict;
    if (!isOurs(info))
      throw new StartError("PROVIDER_ERROR", `a container named ${worker.name} is there already and is not ours`, {
        cause: conflict,
      });
    if (info.State.Status === "created") {
      await startCreated(info.Id);
      ends.begun(info.Id, worker.name);
      return { name: worker.name, resourceId: info.Id, state: "running", adopted: true, startedAt: new Date() };
    }
    if (!info.State.Running && (await wasNeverTold(docker, info))) {
      await removeById(info.Id);
      return "never told";
    }
    if (info.State.Running) ends.begun(info.Id, worker.name);
    return adoptedHandle(info);
  }

  async function startCreated(id: string): Promise<void> {
    try {
      await askEngine((abortSignal) => docker.getContainer(id).start({ abortSignal }));
    } catch (error) {
      if (statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  async function startCold(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    let id: string;
    try {
      id = await create(worker, signal);
    } catch (error) {
      if (statusOf(error) !== CONFLICT) throw error;
      const found = await adopt(worker, error);
      if (found !== "never told") return found;
      id = await create(worker, signal);
    }
    if (signal.aborted) {
      await removeById(id);
      throw signal.reason;
    }
    await startCreated(id);
    return begun(id, worker);
  }

  function begun(id: string, worker: WorkerSpec): WorkerHandle {
    ends.begun(id, worker.name);
    return { name: worker.name, resourceId: id, state: "running", adopted: false, startedAt: new Date() };
  }

  async function startAnyhow(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    try {
      const id = await startWarmWorker(docker, pool, worker, config);
      return id === undefined ? await startCold(worker, signal) : begun(id, worker);
    } catch (error) {
      throw asStartError(error);
    }
  }

  return {
    async start(worker, signal) {
      progress.set(worker.name, worker.progress);
      const work = startAnyhow(worker, signal);
      const all = Promise.allSettled([starting.get(worker.name), work]).then(() => {
        if (starting.get(worker.name) === all) starting.delete(worker.name);
      });
      starting.set(worker.name, all);
      try {
        return await within(work, START_TIMEOUT_MS, signal);
      } catch (error) {
        throw asStartError(error);
      }
    },
    async stop(name, graceSeconds) {
      await within(starting.get(name) ?? Promise.resolve(), CALL_TIMEOUT_MS);
      const info = await inspect(name);
      if (!info || !isOurs(info)) return;
      if (info.State.Status === "created") return await removeById(info.Id);
      ends.stopping(info.Id);
      const container = docker.getContainer(info.Id);
      const options = { t: graceSeconds };
      try {
        await settled(
          (abortSignal) => container.stop({ ...options, abortSignal }),
          CALL_TIMEOUT_MS + graceSeconds * 1000,
        );
      } catch {
        // Whatever keeps the engine from an orderly stop, the kill decides, and its failure is told.
        await settled((abortSignal) => container.kill({ abortSignal }));
      }
    },
    async remove(name) {
      const info = await inspect(name);
      if (!info || !isOurs(info) || info.State.Running) return;
      progress.delete(name);
      await removeById(info.Id);
    },
    async list(signal) {
      const found = await listAll(signal);
      return found.filter((each) => !isWarmName(listedName(each))).map(listedHandle);
    },
    listAll,
    isWorker: (name) => !isWarmName(name),
    async tellEnd(id, wasHeard) {
      const info = await inspect(id);
      if (!info || !isOurs(info) || isWarmName(listedName({ Id: id, Names: [info.Name] }))) return;
      if (info.State.Running || info.State.Status === "created" || ends.isTold(id)) return;
      const failure = (await wasNeverTold(docker, info))
        ? ({
            code: "WORKER_LOST",
            detail: "its provisioner went away before it gave the command to a warm container",
          } as const)
        : undefined;
      ends.ended(info, wasHeard, failure);
    },
    progressOf: (name) => (line) => {
      const say = progress.get(name);
      if (say) say(line);
      else context.logger.warn({ worker: name }, line);
    },
  };

  async function listAll(signal?: AbortSignal): Promise<ContainerInfo[]> {
    return await askEngine((abortSignal) => docker.listContainers({ all: true, filters, abortSignal }), { signal });
  }
}
