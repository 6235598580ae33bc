import type { ContainerInfo } from "dockerode";
import { LRUCache } from "lru-cache";
import type { Provider, WorkerSpec } from "../provider.ts";
import { within } from "../within.ts";
import { askEngine, CALL_TIMEOUT_MS } from "./ask-engine.ts";
import { asStartError } from "./classify-error.ts";
import { makeContainerAccess } from "./container-access.ts";
import { listedHandle, listedName } from "./container-exit.ts";
import { isWarmName, ownedBy } from "./labels.ts";
import { makeWorkerStart, type WorkerStartOptions } from "./start-worker.ts";
import { wasNeverTold } from "./warm/warm-container.ts";

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

export function makeWorkerContainers(options: WorkerStartOptions): WorkerContainers {
  const { docker, context, ends } = options;
  const filters = JSON.stringify(ownedBy(context.clusterId, context.providerId));
  const access = makeContainerAccess(docker, context, ends);
  const startAtEngine = makeWorkerStart(options, access);
  const progress = new LRUCache<string, WorkerSpec["progress"]>({ max: PROGRESS_KEPT });
  /** Starts under way at the engine, by name: they go on when their caller has given up, and a stop has to wait for them. */
  const starting = new Map<string, Promise<unknown>>();

  return {
    async start(worker, signal) {
      progress.set(worker.name, worker.progress);
      const work = startAtEngine(worker, signal);
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
      const info = await access.inspect(name);
      if (!info || !access.isOurs(info)) return;
      if (info.State.Status === "created") return await access.removeById(info.Id);
      ends.stopping(info.Id);
      const container = docker.getContainer(info.Id);
      const options = { t: graceSeconds };
      try {
        await access.settled(
          (abortSignal) => container.stop({ ...options, abortSignal }),
          CALL_TIMEOUT_MS + graceSeconds * 1000,
        );
      } catch {
        // Whatever keeps the engine from an orderly stop, the kill decides, and its failure is told.
        await access.settled((abortSignal) => container.kill({ abortSignal }));
      }
    },
    async remove(name) {
      const info = await access.inspect(name);
      if (!info || !access.isOurs(info) || info.State.Running) return;
      progress.delete(name);
      await access.removeById(info.Id);
    },
    async list(signal) {
      const found = await listAll(signal);
      return found.filter((each) => !isWarmName(listedName(each))).map(listedHandle);
    },
    listAll,
    isWorker: (name) => !isWarmName(name),
    async tellEnd(id, wasHeard) {
      const info = await access.inspect(id);
      if (!info || !access.isOurs(info) || isWarmName(listedName({ Id: id, Names: [info.Name] }))) return;
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
