import type { DockerConfig } from "@hodei/contracts";
import type { ContainerCreateOptions } from "dockerode";
import type { AdapterContext, WorkerSpec } from "../provider.ts";
import { LABELS } from "./labels.ts";

const PIDS_LIMIT = 4096;
/** Docker takes no memory limit below this. */
const LEAST_MEMORY_BYTES = 6 * 2 ** 20;

/** The image a worker runs: the job's, else the provider's default. */
export function imageOf(worker: WorkerSpec, config: DockerConfig): string | undefined {
  return worker.job.image ?? config.default_image;
}

/**
 * The body of `POST /containers/create` (Docker Engine API 1.41). As with `docker run IMAGE CMD`, the job's command replaces the image's
 * CMD and the image's ENTRYPOINT stays. No privileges: no new ones, no capabilities, no host mounts, limits set (design §10). Pure.
 */
export function containerSpec(
  worker: WorkerSpec,
  config: DockerConfig,
  context: AdapterContext,
): ContainerCreateOptions {
  const { resources } = worker.job;
  const cpuMillis = resources.cpuMillis ?? config.default_resources?.cpuMillis;
  const memoryBytes = resources.memoryBytes ?? config.default_resources?.memoryBytes;
  const gpu = resources.gpu ?? config.default_resources?.gpu ?? 0;
  const memory = memoryBytes === undefined ? undefined : Math.max(memoryBytes, LEAST_MEMORY_BYTES);
  return {
    name: worker.name,
    Image: imageOf(worker, config) ?? "",
    ...(worker.job.command && { Cmd: worker.job.command }),
    Env: Object.entries(worker.env).map(([key, value]) => `${key}=${value}`),
    Labels: {
      [LABELS.managed]: "true",
      [LABELS.cluster]: context.clusterId,
      [LABELS.provider]: context.providerId,
      [LABELS.jobId]: worker.jobId,
      [LABELS.attempt]: String(worker.attempt),
    },
    HostConfig: {
      NetworkMode: config.network ?? "default",
      RestartPolicy: { Name: "no" },
      Init: true,
      PidsLimit: PIDS_LIMIT,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ...(cpuMillis !== undefined && { NanoCpus: cpuMillis * 1_000_000 }),
      ...(memory !== undefined && { Memory: memory, MemorySwap: memory }),
      ...(gpu > 0 && { DeviceRequests: [{ Driver: "", Count: gpu, Capabilities: [["gpu"]] }] }),
    },
  };
}
