import type { DockerConfig, Resources } from "@hodei/contracts";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { AdapterContext, WorkerSpec } from "../provider.ts";
import { LABELS } from "./labels.ts";
import { logConfigOf } from "./log-limits.ts";

const PIDS_LIMIT = 4096;
/** Docker takes no memory limit below this. */
const LEAST_MEMORY_BYTES = 6 * 2 ** 20;

/** The image a worker runs: the job's, else the provider's default. */
export function imageOf(worker: WorkerSpec, config: DockerConfig): string | undefined {
  return worker.job.image ?? config.default_image;
}

/** What a worker gets: what its job asks, else the provider's `default_resources`. */
export function resourcesOf({ job }: WorkerSpec, { default_resources: defaults }: DockerConfig): Resources {
  return { ...defaults, ...job.resources };
}

/** The limits of a container as the engine takes them, for a create or an update. Swap stands beside memory, else a worker could have as much again. */
export function limitsOf({
  cpuMillis,
  memoryBytes,
}: Resources): Pick<HostConfig, "NanoCpus" | "Memory" | "MemorySwap"> {
  const memory = memoryBytes === undefined ? undefined : Math.max(memoryBytes, LEAST_MEMORY_BYTES);
  return {
    ...(cpuMillis !== undefined && { NanoCpus: cpuMillis * 1_000_000 }),
    ...(memory !== undefined && { Memory: memory, MemorySwap: memory }),
  };
}

/** What every container of ours has, warm or cold: no new privileges, no capabilities, no host mounts, limits set (design §10). */
export function hostConfigOf(resources: Resources, config: DockerConfig): HostConfig {
  const gpu = resources.gpu ?? 0;
  return {
    NetworkMode: config.network ?? "default",
    RestartPolicy: { Name: "no" },
    Init: true,
    PidsLimit: PIDS_LIMIT,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    LogConfig: logConfigOf(config),
    ...limitsOf(resources),
    ...(gpu > 0 && { DeviceRequests: [{ Driver: "", Count: gpu, Capabilities: [["gpu"]] }] }),
  };
}

/** The labels that say whose a container is. */
export function ownLabels({ clusterId, providerId }: AdapterContext): Record<string, string> {
  return { [LABELS.managed]: "true", [LABELS.cluster]: clusterId, [LABELS.provider]: providerId };
}

/**
 * The body of `POST /containers/create` (Docker Engine API 1.41). As with `docker run IMAGE CMD`, the job's command replaces the image's
 * CMD and the image's ENTRYPOINT stays. Pure.
 */
export function containerSpec(
  worker: WorkerSpec,
  config: DockerConfig,
  context: AdapterContext,
): ContainerCreateOptions {
  return {
    Image: imageOf(worker, config) ?? "",
    ...(worker.job.command && { Cmd: worker.job.command }),
    Env: Object.entries(worker.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...ownLabels(context), [LABELS.jobId]: worker.jobId, [LABELS.attempt]: String(worker.attempt) },
    HostConfig: hostConfigOf(resourcesOf(worker, config), config),
  };
}
