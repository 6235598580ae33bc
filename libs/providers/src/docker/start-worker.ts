import { setTimeout as sleep } from "node:timers/promises";
import type { DockerConfig } from "@hodei/contracts";
import type Docker from "dockerode";
import { type AdapterContext, StartError, type WorkerHandle, type WorkerSpec } from "../provider.ts";
import { askEngine, CALL_TIMEOUT_MS } from "./ask-engine.ts";
import { asStartError, statusOf } from "./classify-error.ts";
import type { ContainerAccess } from "./container-access.ts";
import type { ContainerEnds } from "./container-ends.ts";
import { adoptedHandle } from "./container-exit.ts";
import { containerSpec, imageOf } from "./container-spec.ts";
import { createContainer } from "./create-container.ts";
import type { ImagePuller } from "./pull-image.ts";
import { startWarmWorker } from "./warm/start-warm-worker.ts";
import { wasNeverTold } from "./warm/warm-container.ts";
import type { WarmPool } from "./warm/warm-pool.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** Before a name is asked for again that is somebody's whom the engine does not show. */
const CONFLICT_PAUSE_MS = 50;

export interface WorkerStartOptions {
  docker: Docker;
  config: DockerConfig;
  context: AdapterContext;
  puller: ImagePuller;
  pool: WarmPool;
  ends: ContainerEnds;
}

/** Starts a worker, warm where one waits, or adopts the container of its name. What it has begun at the engine it ends, given up or not. */
export function makeWorkerStart(
  { docker, config, context, puller, pool, ends }: WorkerStartOptions,
  access: ContainerAccess,
): (worker: WorkerSpec, signal: AbortSignal) => Promise<WorkerHandle> {
  const emulated = config.capabilities?.architecture;

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
  async function adopt(worker: WorkerSpec, conflict: unknown): Promise<WorkerHandle | "none"> {
    const info = await access.inspect(worker.name);
    // The engine gives a name away before it shows whose it is; or it was removed just now.
    if (!info) return "none";
    if (!access.isOurs(info))
      throw new StartError("PROVIDER_ERROR", `a container named ${worker.name} is there already and is not ours`, {
        cause: conflict,
      });
    if (info.State.Status === "created") {
      await startCreated(info.Id);
      ends.begun(info.Id, worker.name);
      return { name: worker.name, resourceId: info.Id, state: "running", adopted: true, startedAt: new Date() };
    }
    if (!info.State.Running && (await wasNeverTold(docker, info))) {
      await access.removeById(info.Id);
      return "none";
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

  /** The id of what was created, or the worker that is there already. */
  async function createOrAdopt(worker: WorkerSpec, signal: AbortSignal): Promise<string | WorkerHandle> {
    for (const deadline = performance.now() + CALL_TIMEOUT_MS; ; await sleep(CONFLICT_PAUSE_MS)) {
      try {
        return await create(worker, signal);
      } catch (error) {
        if (statusOf(error) !== CONFLICT) throw error;
        const found = await adopt(worker, error);
        if (found !== "none") return found;
        if (signal.aborted || performance.now() > deadline) throw error;
      }
    }
  }

  async function startCold(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    const found = await createOrAdopt(worker, signal);
    if (typeof found !== "string") return found;
    const id = found;
    if (signal.aborted) {
      await access.removeById(id);
      throw signal.reason;
    }
    await startCreated(id);
    return begun(id, worker);
  }

  function begun(id: string, worker: WorkerSpec): WorkerHandle {
    ends.begun(id, worker.name);
    return { name: worker.name, resourceId: id, state: "running", adopted: false, startedAt: new Date() };
  }

  return async function startAnyhow(worker, signal) {
    try {
      const id = await startWarmWorker(docker, pool, worker, config);
      return id === undefined ? await startCold(worker, signal) : begun(id, worker);
    } catch (error) {
      throw asStartError(error);
    }
  };
}
