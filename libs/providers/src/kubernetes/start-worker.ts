import type { KubernetesConfig } from "@hodei/contracts";
import { type AdapterContext, StartError, type WorkerHandle, type WorkerSpec } from "../provider.ts";
import { asStartError, detailOf, isStatus } from "./api-error.ts";
import { imageOf, jobManifest } from "./job-manifest.ts";
import { judgeStart } from "./judge-start.ts";
import { isOurs } from "./labels.ts";
import { openLimit } from "./open-limit.ts";
import { hasSecrets, newSecretName, secretManifest } from "./secret-manifest.ts";
import type { JobView } from "./views.ts";
import type { WorkerCache, WorkerView } from "./worker-cache.ts";
import { handleOf, hasEnded } from "./worker-end.ts";
import type { WorkerObjects } from "./worker-objects.ts";

/** Lines of progress that one start says at most: a cluster may rephrase its trouble for ever. */
const PROGRESS_LINES = 40;

export interface StartParts {
  objects: WorkerObjects;
  cache: WorkerCache;
  config: KubernetesConfig;
  context: AdapterContext;
}

/** Creates the worker's Job, or adopts it, and waits until its command has begun. A start that fails leaves no Job behind. @throws StartError */
export async function startWorker(parts: StartParts, worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
  if (!imageOf(worker, parts.config))
    throw new StartError("CONFIG_INVALID", "neither the job names an image nor the provider a default_image");
  let created: JobView | undefined;
  try {
    const { job, adopted } = await createOrAdopt(parts, worker, signal);
    created = job;
    if (hasSecrets(worker) && !job.isComplete && !job.failure && job.secretName)
      await parts.objects.createSecret(secretManifest(worker, parts.context, job, job.secretName), signal);
    return handleOf(await begun(parts, worker, job, signal), adopted);
  } catch (error) {
    // A start that was called off leaves its Job: whoever called it off decides whether the worker is to end (`stop`), or lives on.
    if (created && !signal.aborted) await cleanUp(parts, created);
    if (created && signal.aborted) throw error;
    throw asStartError(error);
  }
}

async function createOrAdopt(
  { objects, config, context }: StartParts,
  worker: WorkerSpec,
  signal: AbortSignal,
): Promise<{ job: JobView; adopted: boolean }> {
  const manifest = jobManifest(worker, config, context, newSecretName(worker));
  try {
    return { job: await objects.createJob(manifest, signal), adopted: false };
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
    // The answer to an earlier create may have been lost (I4).
    const job = await objects.readJob(worker.name, signal);
    if (!job) throw new StartError("WORKER_LOST", `the Job ${worker.name} vanished`, { cause: error });
    if (!isOurs(job.labels, context))
      throw new StartError("PROVIDER_ERROR", `a Job named ${worker.name} is there already and is not ours`, {
        cause: error,
      });
    if (job.deletedAt) throw new StartError("WORKER_LOST", `the Job ${worker.name} is being deleted`, { cause: error });
    return { job, adopted: true };
  }
}

/** Waits for the command to begin; each trouble has its grace, counted from when it was first seen. */
async function begun(parts: StartParts, worker: WorkerSpec, job: JobView, signal: AbortSignal): Promise<WorkerView> {
  const { cache, config } = parts;
  const createdAt = performance.now();
  const troubledSince = new Map<string, number>();
  const say = makeProgress(worker);
  for (let wasThere = false; ; ) {
    signal.throwIfAborted();
    const view = await look(parts, job, signal);
    wasThere ||= view.job !== undefined;
    if (!view.job && (wasThere || cache.jobsListedAt > createdAt))
      throw new StartError("WORKER_LOST", `the Job ${job.name} was deleted before its command began`);
    const verdict = judgeStart(view, cache.lastEvent(view), config.grace_periods);
    if (verdict.is === "begun") return view;
    if (verdict.is === "failed") throw new StartError(verdict.failure.code, verdict.failure.detail);
    say(verdict.says);
    let leftMs: number | undefined;
    if (verdict.trouble) {
      const { failure, graceSeconds } = verdict.trouble;
      const since = troubledSince.get(failure.code) ?? performance.now();
      troubledSince.set(failure.code, since);
      leftMs = since + graceSeconds * 1000 - performance.now();
      if (leftMs <= 0) throw new StartError(failure.code, failure.detail);
    }
    using limit = openLimit(leftMs, signal);
    await cache.changed(job.name, limit.signal);
  }
}

/** What is known; where only the Job says that it is over, its pod is asked for: the watch of pods may be behind. */
async function look({ cache, objects }: StartParts, job: JobView, signal: AbortSignal): Promise<WorkerView> {
  const view = cache.get(job.name);
  if (view?.job?.uid !== job.uid) return { name: job.name };
  if (view.pod || view.lastPod || !hasEnded(view)) return view;
  return (await objects.find(job.name, signal)) ?? view;
}

function makeProgress(worker: WorkerSpec): (line: string) => void {
  let last = "";
  let left = PROGRESS_LINES;
  return (line) => {
    if (line === last || left === 0) return;
    last = line;
    left -= 1;
    worker.progress(line);
  };
}

async function cleanUp({ objects, context }: StartParts, job: JobView): Promise<void> {
  try {
    await objects.deleteJob(job);
  } catch (error) {
    context.logger.warn(
      { worker: job.name, reason: detailOf(error) },
      "the Job of a failed start could not be deleted",
    );
  }
}
