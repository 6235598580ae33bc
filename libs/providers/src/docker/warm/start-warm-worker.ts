import type { DockerConfig } from "@hodei/contracts";
import type Docker from "dockerode";
import type { WorkerSpec } from "../../provider.ts";
import { askEngine } from "../ask-engine.ts";
import { statusOf } from "../classify-error.ts";
import { imageOf, limitsOf, resourcesOf } from "../container-spec.ts";
import { goMessage } from "./wait-script.ts";
import type { WarmContainer } from "./warm-container.ts";
import type { WarmPool } from "./warm-pool.ts";

/**
 * Runs a worker in a warm container: names it (which nobody else can at the same time, and by which it is found again), gives it the job's limits, and
 * only then the command.
 * @returns its id; undefined where the worker has to start cold, because none waits, or this job or its name is not for one
 */
export async function startWarmWorker(
  docker: Docker,
  pool: WarmPool,
  worker: WorkerSpec,
  config: DockerConfig,
): Promise<string | undefined> {
  const resources = resourcesOf(worker, config);
  if (imageOf(worker, config) !== config.default_image || (resources.gpu ?? 0) > 0) return undefined;
  const warm = pool.take();
  if (!warm) return undefined;
  const message = messageFor(worker, warm);
  try {
    if (message === undefined || !(await takesName(docker, warm, worker.name))) {
      pool.giveBack(warm);
      return undefined;
    }
    const container = docker.getContainer(warm.id);
    const limits = limitsOf(resources);
    if (JSON.stringify(limits) !== JSON.stringify(limitsOf(config.default_resources ?? {})))
      await askEngine((abortSignal) => container.update({ ...limits, abortSignal }));
    // From here on its end is a worker's and is told; one that had ended before would be waited for in vain.
    const { State } = await askEngine((abortSignal) => container.inspect({ abortSignal }));
    if (!State.Running) throw new WarmGone("it has ended");
    await write(warm, message);
    return warm.id;
  } catch (error) {
    // It may bear the worker's name already, which the next try needs.
    await pool.discard(warm);
    // The container went away while it was taken: any other does as well.
    if (statusOf(error) === 404 || error instanceof WarmGone) return undefined;
    throw error;
  } finally {
    pool.settled();
  }
}

/** False where the name is another's: then this worker was started before. */
async function takesName(docker: Docker, warm: WarmContainer, name: string): Promise<boolean> {
  try {
    await askEngine((abortSignal) => docker.getContainer(warm.id).rename({ name, abortSignal }));
    return true;
  } catch (error) {
    if (statusOf(error) === 409) return false;
    throw error;
  }
}

function messageFor({ job, env }: WorkerSpec, warm: WarmContainer): string | undefined {
  return goMessage([...warm.entrypoint, ...(job.command ?? warm.defaultCommand)], env, warm.word);
}

/** It had ended before it had its command. */
class WarmGone extends Error {}

async function write(warm: WarmContainer, message: string): Promise<void> {
  if (!warm.isWaiting) throw new WarmGone();
  await askEngine(
    () =>
      new Promise<void>((resolve, reject) => {
        warm.input.once("error", (error) => reject(new WarmGone("its input is closed", { cause: error })));
        warm.input.end(message, () => resolve());
      }),
  );
}
