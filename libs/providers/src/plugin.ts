/** `@hodei/providers/plugin`: what the author of a provider type needs (docs/providers/writing-a-provider.md). Types, and the version. */

export { type MakePlugin, PLUGIN_API_VERSION, type Plugin } from "./plugins/plugin.ts";
export type { PluginApi } from "./plugins/plugin-api.ts";
export type {
  ConfigSchema,
  PluginContext,
  PluginProviderType,
  SchemaIssue,
  SchemaResult,
} from "./plugins/plugin-provider-type.ts";
export type {
  AdapterContext,
  CheckStep,
  Failure,
  Health,
  LogChunk,
  LogPosition,
  Provider,
  WorkerExit,
  WorkerHandle,
  WorkerSpec,
} from "./provider.ts";
