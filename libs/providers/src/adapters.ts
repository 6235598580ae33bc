import { docker } from "./docker/docker-adapter.ts";
import { kubernetes } from "./kubernetes/kubernetes-adapter.ts";
import { lambda } from "./lambda/lambda-adapter.ts";
import { localProcess } from "./process/process-adapter.ts";
import { type AdapterContext, type Provider, type ProviderAdapter, StartError } from "./provider.ts";
import { simulated } from "./simulated/simulated-adapter.ts";

/** Every provider type that can run workers: one line each. */
export const adapters = { docker, kubernetes, lambda, process: localProcess, simulated } as const;

/** Whether this build can run workers at providers of that type. */
export function hasAdapter(type: string): type is keyof typeof adapters {
  return Object.hasOwn(adapters, type);
}

/** Opens a provider. @throws StartError CONFIG_INVALID when the type has no adapter here; ZodError when the configuration is not valid */
export async function openProvider(type: string, config: unknown, context: AdapterContext): Promise<Provider> {
  if (!hasAdapter(type))
    throw new StartError(
      "CONFIG_INVALID",
      `the adapter for ${type} is not part of this build yet; it has ${Object.keys(adapters).join(", ")}`,
    );
  // Each adapter reads its own configuration; what the union loses here, `parse` restores.
  const adapter = adapters[type] as ProviderAdapter<unknown>;
  return await adapter.open(adapter.parse(config), context);
}
