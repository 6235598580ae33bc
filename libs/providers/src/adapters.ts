import { type AdapterContext, type Provider, type ProviderAdapter, StartError } from "./provider.ts";

/** Every provider type that can run workers: one line each. A vendor's client is loaded by who opens a provider of its type, and by nobody else. */
export const adapters = {
  docker: async () => (await import("./docker/docker-adapter.ts")).docker,
  kubernetes: async () => (await import("./kubernetes/kubernetes-adapter.ts")).kubernetes,
  lambda: async () => (await import("./lambda/lambda-adapter.ts")).lambda,
  process: async () => (await import("./process/process-adapter.ts")).localProcess,
  simulated: async () => (await import("./simulated/simulated-adapter.ts")).simulated,
} as const;

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
  const adapter = (await adapters[type]()) as ProviderAdapter<unknown>;
  return await adapter.open(adapter.parse(config), context);
}
