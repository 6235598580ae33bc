import { z } from "zod";
import { CpuQuantity, GpuCount, MemoryQuantity, type Resources, resources } from "./resources.ts";
import { Text } from "./text.ts";

const Amounts = z
  .strictObject({ cpu: CpuQuantity.optional(), memory: MemoryQuantity.optional(), gpu: GpuCount.optional() })
  .transform((wire): Resources => resources(wire.cpu, wire.memory, wire.gpu));

/** What a provider can do. `perWorker` bounds one worker, `total` all of them together; absent = no limit known. */
export interface Capabilities {
  architecture?: string;
  perWorker: Resources;
  total: Resources;
}

/** `{"architecture": "amd64", "per_worker": {"cpu": 4, "memory": "8Gi"}, "total": {…}}`, discovered or configured. */
export const Capabilities = z
  .strictObject({ architecture: Text(32, 1).optional(), per_worker: Amounts.optional(), total: Amounts.optional() })
  .transform(
    (wire): Capabilities => ({
      ...(wire.architecture !== undefined && { architecture: wire.architecture }),
      perWorker: wire.per_worker ?? {},
      total: wire.total ?? {},
    }),
  );

/** The JSON form of `Capabilities`, as stored in `provider_configs.capabilities`. CPU as `500m`, memory in bytes. */
export function writeCapabilities(capabilities: Capabilities): Record<string, unknown> {
  return {
    ...(capabilities.architecture !== undefined && { architecture: capabilities.architecture }),
    per_worker: writeResources(capabilities.perWorker),
    total: writeResources(capabilities.total),
  };
}

function writeResources(amounts: Resources): Record<string, unknown> {
  return {
    ...(amounts.cpuMillis !== undefined && { cpu: `${amounts.cpuMillis}m` }),
    ...(amounts.memoryBytes !== undefined && { memory: amounts.memoryBytes }),
    ...(amounts.gpu !== undefined && { gpu: amounts.gpu }),
  };
}
