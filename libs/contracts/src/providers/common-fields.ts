import { z } from "zod";
import { Capabilities } from "../capabilities.ts";
import { CpuQuantity, GpuCount, MemoryQuantity, type Resources, resources } from "../resources.ts";
import { Text, WholeNumber } from "../text.ts";

/** How often a provider is checked and what an answer may take, in seconds (design §6). */
export const HealthCheckConfig = z
  .strictObject({
    interval_seconds: WholeNumber(1, 86_400).default(30),
    timeout_seconds: WholeNumber(1, 300).default(5),
    failure_threshold: WholeNumber(1, 100).default(3),
    success_threshold: WholeNumber(1, 100).default(2),
  })
  .transform((wire) => ({
    intervalSeconds: wire.interval_seconds,
    timeoutSeconds: wire.timeout_seconds,
    failureThreshold: wire.failure_threshold,
    successThreshold: wire.success_threshold,
  }));
export type HealthCheckConfig = z.output<typeof HealthCheckConfig>;

/** `{"cpu_limit": "2", "memory_limit": "4Gi"}`: what a worker gets where its job is silent. */
const DefaultResources = z
  .strictObject({
    cpu_limit: CpuQuantity.optional(),
    memory_limit: MemoryQuantity.optional(),
    gpu_limit: GpuCount.optional(),
  })
  .transform((wire): Resources => resources(wire.cpu_limit, wire.memory_limit, wire.gpu_limit));

/** Keys that every provider type accepts in its `config`. */
export const commonFields = {
  health_check_config: HealthCheckConfig.optional(),
  capabilities: Capabilities.optional(),
  default_resources: DefaultResources.optional(),
  /** Starts that run at once at this provider; further ones wait in its own queue. */
  start_concurrency: WholeNumber(1, 1024).optional(),
};

/** What a type that runs images has beside: the image of jobs that name none. */
export const DefaultImage = Text(512, 1);
