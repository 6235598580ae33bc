export { type AdapterRegistry, loadAdapters, type ProviderTypeInfo } from "./adapter-registry.ts";
export { adapters, hasAdapter, openProvider } from "./adapters.ts";
export { answerForPlugin } from "./plugins/plugin-context.ts";
export { PluginError } from "./plugins/plugin-error.ts";
export {
  type AdapterContext,
  type CheckStep,
  type Failure,
  type Health,
  type LogChunk,
  type LogPosition,
  type Provider,
  type ProviderAdapter,
  StartError,
  type WorkerExit,
  type WorkerHandle,
  type WorkerSpec,
} from "./provider.ts";
